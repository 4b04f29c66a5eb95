// Keeps the height of a part of a view when its content gets shorter, as by a filter or in another
// tab, so that the page around the view does not move.

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * `part`, whose style sheet has the minimum height `--rtw-kept`, keeps its height within `view`,
 * which may be limited and scrolls then.
 */
export function useKeptHeight(
  part: RefObject<HTMLElement | null>,
  view: RefObject<HTMLElement | null>,
): void {
  const kept = useRef({ height: 0, width: 0 });
  useLayoutEffect(() => {
    if (!part.current || !view.current) return;
    const { offsetHeight, offsetWidth } = part.current;
    const edge = view.current.getBoundingClientRect().bottom - view.current.scrollTop;
    // Something else takes room in the view now, or the view became lower.
    const excess = Math.floor(part.current.getBoundingClientRect().bottom - edge);
    const isOther = offsetWidth !== kept.current.width;
    const before = isOther ? 0 : kept.current.height;
    const height = excess > 0 ? Math.max(offsetHeight - excess, 0) : Math.max(offsetHeight, before);
    if (height !== kept.current.height) part.current.style.setProperty("--rtw-kept", `${height}px`);
    kept.current = { height, width: offsetWidth };
  });
}
