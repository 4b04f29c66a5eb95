// The rows of a waterfall that are in sight, and what keys do with them: arrows move between rows;
// Enter, and the arrows to the right and left, unfold and fold the parts of one.

import type { RefObject, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { TimelineNode } from "../../model/timeline/node.js";
import { type WaterfallRow, waterfallRows } from "./waterfall-rows.js";

/** Pixels of a row. */
export const ROW = 24;

/** Rows drawn above and below those in sight, and at most. */
const MARGIN = 10;
const MAX_ROWS = 150;

export interface Tree {
  rows: readonly WaterfallRow[];
  /** The index of the row that has the focus, or gets it. */
  at: number;
  /** The first row that is drawn, and the one after the last. */
  first: number;
  last: number;
  select: (row: WaterfallRow) => void;
  /** Unfold or fold the parts of a row. */
  toggle: (row: WaterfallRow, isOpen: boolean) => void;
  onKeyDown: (event: TargetedKeyboardEvent<HTMLElement>) => void;
}

export function useTree(
  frame: RefObject<HTMLElement | null>,
  nodes: readonly TimelineNode[],
  now: number | null,
): Tree {
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const [selected, setSelected] = useState<number | null>(null);
  const [first, end] = useVisible(frame);
  const rows = waterfallRows(nodes, closed, now);
  const at = Math.max(
    rows.findIndex(({ node }) => node.n === selected),
    0,
  );
  useFocusOn(frame, selected);
  const select = ({ node }: WaterfallRow) => setSelected(node.n);
  const toggle = ({ node }: WaterfallRow, isOpen: boolean) => {
    const next = new Set(closed);
    if (isOpen) next.delete(node.n);
    else next.add(node.n);
    setClosed(next);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const row = rows[at];
    const to = targetOf(event.key, rows, at);
    if (!row || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (typeof to === "boolean") toggle(row, to);
    else if (rows[to]) {
      scrollTo(frame.current, to);
      select(rows[to]);
    }
  };
  return { rows, at, first, last: Math.min(end, first + MAX_ROWS), select, toggle, onKeyDown };
}

/** The row that a key moves to, or whether it unfolds (true) or folds the current one. */
function targetOf(
  key: string,
  rows: readonly WaterfallRow[],
  at: number,
): number | boolean | undefined {
  const { isOpen, depth } = rows[at] ?? { isOpen: null, depth: 0 };
  switch (key) {
    case "ArrowDown":
      return Math.min(at + 1, rows.length - 1);
    case "ArrowUp":
      return Math.max(at - 1, 0);
    case "Home":
      return 0;
    case "End":
      return rows.length - 1;
    case "Enter":
    case " ":
      return isOpen === null ? undefined : !isOpen;
    case "ArrowRight":
      return isOpen === null ? undefined : isOpen ? at + 1 : true;
    case "ArrowLeft":
      if (isOpen) return false;
      return Math.max(
        rows.findLastIndex((row, index) => index < at && row.depth < depth),
        0,
      );
    default:
      return undefined;
  }
}

/** The first row that is drawn, and the one after the last. */
function useVisible(frame: RefObject<HTMLElement | null>): [number, number] {
  const [range, setRange] = useState<[number, number]>([0, 2 * MARGIN]);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const update = () => {
      const first = Math.max(Math.floor(element.scrollTop / ROW) - MARGIN, 0);
      const last = Math.ceil((element.scrollTop + element.clientHeight) / ROW) + MARGIN;
      setRange((before) => (before[0] === first && before[1] === last ? before : [first, last]));
    };
    const observer = new ResizeObserver(update);
    observer.observe(element);
    element.addEventListener("scroll", update, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", update);
    };
  }, [frame]);
  return range;
}

/** Move the focus to the selected row, if it is in the waterfall. */
function useFocusOn(frame: RefObject<HTMLElement | null>, selected: number | null): void {
  useLayoutEffect(() => {
    if (selected === null || !frame.current?.matches(":focus-within")) return;
    frame.current.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  }, [frame, selected]);
}

function scrollTo(frame: HTMLElement | null, row: number): void {
  if (!frame) return;
  const top = row * ROW;
  if (top < frame.scrollTop) frame.scrollTop = top;
  const bottom = top + ROW - frame.clientHeight;
  if (bottom > frame.scrollTop) frame.scrollTop = bottom;
}
