// Keeps the height of a part of a view when its content gets shorter, as by a filter or in another
// tab, so that the page around the view does not move.

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * `part` keeps its height, and at least that of its style sheet (`--rtw-least`), within `view`, which
 * may be limited and scrolls then; nothing is measured where not `isOn`.
 */
export function useKeptHeight(
  part: RefObject<HTMLElement | null>,
  view: RefObject<HTMLElement | null>,
  isOn: boolean,
): void {
  const kept = useRef({ height: 0, width: 0, others: 0 });
  useLayoutEffect(() => {
    const [element, frame] = [part.current, view.current];
    if (!isOn || !element || !frame) return;
    const width = element.offsetWidth;
    const others = heightOfOthers(element, frame);
    if (width !== kept.current.width || others !== kept.current.others) {
      keepHeight(element, 0);
      kept.current = { height: 0, width, others };
    }
    // The view may have become lower.
    const edge = frame.getBoundingClientRect().bottom - frame.scrollTop;
    const excess = Math.max(Math.floor(element.getBoundingClientRect().bottom - edge), 0);
    const height = element.offsetHeight - excess;
    if (height === kept.current.height) return;
    keepHeight(element, height);
    kept.current.height = height;
  });
}

/** No custom property: the style of everything in the element would be computed again with it. */
function keepHeight(element: HTMLElement, height: number): void {
  element.style.minBlockSize = `max(${height}px, var(--rtw-least, 0px))`;
}

/** What else needs room in the view, whether it has it or not. */
function heightOfOthers(part: HTMLElement, view: HTMLElement): number {
  const others = [...view.children].filter((child) => child !== part);
  return others.reduce((sum, { scrollHeight }) => sum + scrollHeight, 0);
}
