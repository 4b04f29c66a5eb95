// The nodes of a timeline by their times: a tree whose rows have a bar from beginning to end.
//
// Only the rows in sight are drawn. Arrow keys move between rows; Enter, and the arrows to the right
// and left, unfold and fold the parts of one.

import type { JSX, RefObject, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { TimelineNode } from "../../model/timeline/node.js";
import { formatSpan } from "../../ui/format.js";
import { useTicking } from "../../ui/hooks.js";
import { useWheelOnFocus, WheelHint } from "../../ui/wheel.js";
import { WaterfallLine } from "./waterfall-line.js";
import { rangeOf, spansOf, type WaterfallRow, waterfallRows } from "./waterfall-rows.js";

/** Pixels of a row. */
const ROW = 24;

/** Rows drawn above and below those in sight, and at most. */
const MARGIN = 10;
const MOST_ROWS = 150;

interface WaterfallProps {
  nodes: readonly TimelineNode[];
  /** Number of the first node of the newest attempt; those before it have ended. */
  attemptStart: number;
  isLive: boolean;
  clockOffset: number;
}

export function Waterfall({
  nodes,
  attemptStart,
  isLive,
  clockOffset,
}: WaterfallProps): JSX.Element {
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const [selected, setSelected] = useState<number | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [first, last] = useVisible(frame);
  const wantsClick = useWheelOnFocus(frame);
  useTicking(isLive, 1000);
  const now = isLive ? Date.now() + clockOffset : null;
  const rows = waterfallRows(nodes, closed, now);
  const at = Math.max(
    rows.findIndex(({ node }) => node.n === selected),
    0,
  );
  useFocusOn(frame, selected);
  const toggle = ({ node }: WaterfallRow, isOpen: boolean) => {
    const next = new Set(closed);
    if (isOpen) next.delete(node.n);
    else next.add(node.n);
    setClosed(next);
  };
  const move = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const row = rows[at];
    const to = targetOf(event.key, rows, at);
    if (!row || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (typeof to === "boolean") toggle(row, to);
    else if (rows[to]) {
      scrollTo(frame.current, to);
      setSelected(rows[to].node.n);
    }
  };
  const { from, to } = rangeOf(spansOf(nodes), now);
  return (
    <section class="rtw-waterfall" aria-label="Waterfall">
      <div
        ref={frame}
        class="rtw-waterfall-frame"
        role="tree"
        aria-label="Waterfall"
        onKeyDown={move}
      >
        <Scale length={to - from} />
        <div style={{ blockSize: `${rows.length * ROW}px`, paddingBlockStart: `${first * ROW}px` }}>
          {rows.slice(first, Math.min(last, first + MOST_ROWS)).map((row, index) => (
            <WaterfallLine
              key={row.node.n}
              row={row}
              place={first + index + 1}
              count={rows.length}
              isLive={isLive && row.node.n >= attemptStart}
              isFocusable={first + index === at || (index === 0 && (at < first || at >= last))}
              onSelect={() => setSelected(row.node.n)}
              onToggle={() => toggle(row, row.isOpen === false)}
            />
          ))}
        </div>
      </div>
      <WheelHint isShown={wantsClick} />
    </section>
  );
}

/** The times above the bars. */
function Scale({ length }: { length: number }): JSX.Element {
  return (
    <div class="rtw-waterfall-scale" aria-hidden>
      <span />
      <span class="rtw-waterfall-ticks">
        <span>0</span>
        <span>{formatSpan(length / 2)}</span>
        <span>{formatSpan(length)}</span>
      </span>
      <span />
    </div>
  );
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
