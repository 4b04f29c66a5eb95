// How wide a view is, in three classes.

import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/**
 * `narrow`: the steps are above the panes. `wide`: there are two panes. Without a layout, as in a
 * hidden tab, it is `medium`.
 */
export type WidthClass = "narrow" | "medium" | "wide";

/** Widths from which a view is in the next class, in pixels. */
const MEDIUM = 720;
const WIDE = 1_200;

export function useWidth(ref: RefObject<HTMLElement | null>): WidthClass {
  const [width, setWidth] = useState<WidthClass>("medium");
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const update = () => setWidth((before) => classOf(element.clientWidth) ?? before);
    const observer = new ResizeObserver(update);
    observer.observe(element);
    update();
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

function classOf(width: number): WidthClass | null {
  if (width === 0) return null;
  if (width < MEDIUM) return "narrow";
  return width < WIDE ? "medium" : "wide";
}
