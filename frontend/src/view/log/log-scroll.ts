// The scroll position of the log, which stays at a line while the heights around it change.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { SCROLL_ROUNDING } from "../rounding.js";
import { anchorAt, heightOf, type Layout, type ScrollAnchor } from "./log-layout.js";
import { ROW_HEIGHT } from "./row-heights.js";
import { useOverscan } from "./use-overscan.js";

/** The height before it is known, and the maximum. */
const FIRST_HEIGHT = 40 * ROW_HEIGHT;
const MAX_HEIGHT = 176 * ROW_HEIGHT;

export interface LogScroll {
  /** The visible area. */
  top: number;
  height: number;
  /** The area to draw. */
  from: number;
  to: number;
  /** Measure the position and the height again. */
  measure: () => void;
  /** Scroll to a line, and stay there while what is around it is loaded, until the reader scrolls. */
  reveal: (seq: number, part: number) => void;
}

export function useLogScroll(
  ref: RefObject<HTMLElement | null>,
  layout: Layout,
  isFollowing: boolean,
): LogScroll {
  const [scrolled, setScrolled] = useState({ top: 0, height: FIRST_HEIGHT });
  const { anchor, drawn, set, known } = usePlace(layout);
  const measure = () => {
    const element = ref.current;
    if (!element || element.clientHeight === 0) return;
    const { scrollTop: top, clientHeight: height } = element;
    known.current = top;
    const isOwn = set.current !== null && Math.abs(top - set.current) <= SCROLL_ROUNDING;
    if (!isOwn) anchor.current = anchorAt(drawn.current, top);
    setScrolled((old) => (old.top === top && old.height === height ? old : { top, height }));
  };
  useMeasuring(ref, isFollowing, measure);

  const restore = () => {
    const element = ref.current;
    const top = element && anchor.current && topOf(element, drawn.current, anchor.current);
    if (!element || top === null || Math.abs(top - element.scrollTop) <= SCROLL_ROUNDING) return;
    element.scrollTop = top;
    set.current = element.scrollTop;
    measure();
  };

  // Before the browser paints, so that the line under the reader's eye does not move.
  useLayoutEffect(() => {
    // The event of a scroll comes a frame later than the scroll itself.
    if (!isFollowing && isScrolledByReader(ref.current, known.current)) measure();
    drawn.current = layout;
    if (!isFollowing) restore();
  });

  const reveal = (seq: number, part: number) => {
    const offset = -Math.floor((ref.current?.clientHeight ?? 0) / 3);
    anchor.current = { seq, n: null, part, offset };
    set.current = ref.current?.scrollTop ?? null;
    restore();
  };

  // By as much as the anchor moves the position will be set, and rows are drawn for that one only.
  const top = isFollowing ? null : scrolled.top + movedBy(anchor.current, drawn.current, layout);
  return { ...useArea(layout, top, scrolled.height), measure, reveal };
}

/** The visible area, which is the end where no position is given, and the one to draw. */
function useArea(layout: Layout, position: number | null, measured: number) {
  const height = Math.min(measured, MAX_HEIGHT);
  const top = position ?? Math.max(layout.height - height, 0);
  const overscan = useOverscan(layout, top, height);
  return { top, height, from: top - overscan, to: top + height + overscan };
}

function usePlace(layout: Layout) {
  return {
    anchor: useRef<ScrollAnchor | null>(null),
    drawn: useRef(layout),
    /** The scroll position that was set last; no scrolling of the reader. */
    set: useRef<number | null>(null),
    /** The scroll position that was measured or set last. */
    known: useRef<number | null>(null),
  };
}

/** Whether a position is not the known one, and not where the browser clamps it to either. */
function isScrolledByReader(element: HTMLElement | null, known: number | null): boolean {
  if (!element || known === null || Math.abs(element.scrollTop - known) <= SCROLL_ROUNDING) {
    return false;
  }
  const farthest = element.scrollHeight - element.clientHeight;
  return farthest - element.scrollTop > SCROLL_ROUNDING;
}

/** Measure when the size changes and, before the first scroll event comes, when following stops. */
function useMeasuring(
  ref: RefObject<HTMLElement | null>,
  isFollowing: boolean,
  measure: () => void,
): void {
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    if (!isFollowing) measure();
  }, [isFollowing]);
}

/** Pixels by which an anchor is lower in another layout. */
function movedBy(anchor: ScrollAnchor | null, old: Layout, layout: Layout): number {
  if (anchor === null) return 0;
  const [before, now] = [heightOf(old, anchor), heightOf(layout, anchor)];
  return before === null || now === null ? 0 : now - before;
}

/** The scroll position at which an anchor is at the top; null where it is gone. */
function topOf(element: HTMLElement, layout: Layout, anchor: ScrollAnchor): number | null {
  const height = heightOf(layout, anchor);
  const farthest = element.scrollHeight - element.clientHeight;
  return height === null ? null : Math.min(Math.max(height, 0), farthest);
}
