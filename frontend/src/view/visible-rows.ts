// The virtual list of the log: which of its rows are in the page.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

/** Pixels, the same as --rtw-row in the style sheet. */
export const ROW_HEIGHT = 18;

/** Rows drawn beyond each edge, so that scrolling shows no blank area. */
const OVERSCAN = 12;

/** Rows drawn before the height is known, and the maximum. */
const FIRST_ROWS = 40;
const MOST_ROWS = 200;

interface VisibleRows {
  scrolled: { top: number; height: number };
  /** Measure the position and the height again. */
  measure: () => void;
  /** Index of the first row to draw. */
  first: number;
  /** Number of rows to draw. */
  count: number;
}

/** The rows of a scrolling element that are visible, and some beyond its edges. */
export function useVisibleRows(
  ref: RefObject<HTMLElement | null>,
  length: number,
  isFollowing: boolean,
): VisibleRows {
  const [scrolled, setScrolled] = useState({ top: 0, height: FIRST_ROWS * ROW_HEIGHT });
  const measure = () => {
    const element = ref.current;
    if (!element || element.clientHeight === 0) return;
    const { scrollTop: top, clientHeight: height } = element;
    setScrolled((old) => (old.top === top && old.height === height ? old : { top, height }));
  };
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // When following stops, the position is measured before the first scroll event comes.
  useLayoutEffect(() => {
    if (!isFollowing) measure();
  }, [isFollowing]);

  const fit = Math.ceil(scrolled.height / ROW_HEIGHT);
  const count = Math.min(fit + 2 * OVERSCAN, MOST_ROWS);
  const top = isFollowing ? length - fit : Math.floor(scrolled.top / ROW_HEIGHT);
  const first = Math.max(Math.min(top - OVERSCAN, length - count), 0);
  return { scrolled, measure, first, count };
}
