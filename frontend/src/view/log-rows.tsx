// The rows of the log, as a virtual list: a bounded number of them is in the page, for any number
// of lines, and only a part of the lines is loaded.

import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { History } from "../feeds/feed.js";
import { type LinePoint, type LineRange, rangeOf } from "../model/line-range.js";
import type { LogBook } from "../model/log.js";
import type { LogLine } from "../model/log-line.js";
import { useFollowing } from "../ui/following.js";
import { formatCount } from "../ui/format.js";
import { JumpButton } from "../ui/jump.js";
import { WheelHint } from "../ui/wheel.js";
import type { Finder } from "./finder.js";
import { useHighlights } from "./highlights.js";
import type { Section } from "./log-filter.js";
import type { LogFolds } from "./log-folds.js";
import {
  type Block,
  blocksBetween,
  type Layout,
  linesBetween,
  placeAt,
  ROW_HEIGHT,
  seqAt,
} from "./log-layout.js";
import { LogRow } from "./log-line.js";
import { lookOf, type RowLook, type RowSource } from "./log-look.js";
import { type LogScroll, useLogScroll } from "./log-scroll.js";
import { SelectionBar } from "./selection-bar.js";
import type { Linked } from "./use-linked.js";
import { useLoading } from "./use-loading.js";
import { useRowControls } from "./use-row-controls.js";

/** Columns up to which the longest line widens the panel. */
const MOST_COLUMNS = 2_000;

/** Maximum width of the column of sources. */
const MOST_SOURCE_COLUMNS = 16;

/** Pixels below the last row while the button covers the end. */
const JUMP_ROOM = 40;

/** Heights of the view before and after the visible one within which lines are loaded. */
const PREFETCH = 2;

interface RowsProps {
  book: LogBook;
  layout: Layout;
  isFiltered: boolean;
  /** Whether older lines are being loaded for the filter. */
  isSearching: boolean;
  history: History | null;
  finder: Finder;
  folds: LogFolds;
  /** The lines that can be copied, folded or not. */
  sections: readonly Section[];
  linked: Linked;
  /** The URL of the run's page; null where it has none. */
  page: string | null;
  /** Number of the newest event. */
  head: number;
  /** Set to what the reader sees; null at the end. */
  position: RefObject<LineRange | null>;
}

export function Rows(props: RowsProps): JSX.Element {
  const { book, layout, isFiltered, isSearching, history, finder, position } = props;
  const { folds, linked, page } = props;
  const follower = useFollowing<HTMLDivElement>();
  const { ref, isFollowing, onScroll, jump, pause, wantsClick } = follower;
  const scroll = useLogScroll(ref, layout, isFollowing);
  position.current = isFollowing ? null : positionOf(layout, scroll);
  useCurrentMatch(finder, pause, (point) => {
    folds.reveal(point);
    scroll.reveal(point.seq, point.part);
  });
  const { rows, onKeyDown, onCopy, bar } = useRowControls({ ...props, scroll, follower });
  useHighlights(ref, finder);
  const fresh = useNewLines(book.end, isFollowing);
  const blocks = blocksBetween(layout, scroll.from, scroll.to);
  useDrawn(book, blocks);
  useLoading(history, isFiltered ? null : missingNear(layout, scroll));
  const isLeft = !isFollowing && layout.height > scroll.height;
  // A filter does not shrink the panel, so that the page does not move.
  const noMatch = isSearching ? "No line matches yet" : "No line matches";
  const noLines = isFiltered ? noMatch : "No lines yet";
  const kept = isFiltered ? Math.min(book.size * ROW_HEIGHT, scroll.height) : 0;

  return (
    <div class="rtw-rows-frame">
      <div
        class="rtw-rows"
        ref={ref}
        role="log"
        aria-label="Log lines"
        // A screen reader would never finish reading a burst; screen-reader.tsx gives it a summary.
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onKeyDown={onKeyDown}
        onCopy={onCopy}
        onScroll={() => {
          onScroll();
          scroll.measure();
        }}
      >
        <div
          class="rtw-rows-all"
          style={{
            ...sourceColumn(book),
            blockSize: `${Math.max(layout.height + (isLeft ? JUMP_ROOM : 0), kept)}px`,
            minInlineSize: `max(100%, var(--rtw-gutter) + var(--rtw-source) + ${Math.min(book.longest, MOST_COLUMNS)}ch)`,
          }}
        >
          {blocks.map((block) => (
            <BlockRows
              key={block.stretch.first}
              block={block}
              from={scroll.from}
              to={scroll.to}
              visibleTop={scroll.top}
              draw={{
                look: (line) => lookOf(line, { folds, page, linked: linked.range }),
                rows,
                hasSources: book.hasSources,
              }}
              history={history}
            />
          ))}
        </div>
        {layout.height === 0 && <p class="rtw-aside rtw-no-lines">{noLines}</p>}
      </div>
      <WheelHint isShown={wantsClick} />
      {isLeft && (
        <JumpButton onClick={jump}>
          Jump to latest{fresh > 0 && ` (${formatCount(fresh, "new line")})`}
        </JumpButton>
      )}
      {bar && <SelectionBar {...bar} />}
    </div>
  );
}

interface BlockRowsProps {
  block: Block;
  /** The area to draw. */
  from: number;
  to: number;
  /** The upper edge of the visible area. */
  visibleTop: number;
  draw: Omit<LogRowsProps, "lines">;
  history: History | null;
}

/** The part of a block that is in the area. */
function BlockRows(props: BlockRowsProps): JSX.Element {
  const { block, from, to, visibleTop, draw, history } = props;
  if (block.lines === null) {
    // From the visible edge on, where its words are.
    const end = Math.min(block.top + block.height, to);
    const top = Math.min(Math.max(block.top, visibleTop), Math.max(end - ROW_HEIGHT, block.top));
    return <Unloaded block={block} top={top} height={end - top} history={history} />;
  }
  const { lines, top } = linesBetween(block, from, to);
  return (
    <div class="rtw-rows-drawn" style={{ transform: `translateY(${top}px)` }}>
      <LogRows lines={lines} {...draw} />
    </div>
  );
}

interface LogRowsProps {
  lines: readonly LogLine[];
  hasSources: boolean;
  look: (line: LogLine) => RowLook;
  rows: RowSource | null;
}

export function LogRows({ lines, hasSources, look, rows }: LogRowsProps): JSX.Element {
  return (
    <>
      {lines.map((line) => (
        <LogRow key={line.n} line={line} hasSources={hasSources} rows={rows} {...look(line)} />
      ))}
    </>
  );
}

interface UnloadedProps {
  block: Block;
  top: number;
  height: number;
  history: History | null;
}

/** In place of lines that are not loaded: that they are being loaded, or why they are not. */
function Unloaded({ block, top, height, history }: UnloadedProps): JSX.Element {
  return (
    <div
      class="rtw-unloaded"
      style={{ transform: `translateY(${top}px)`, blockSize: `${height}px` }}
    >
      <div class="rtw-unloaded-words">
        {history === null && (
          <span>{formatCount(block.stretch.forgotten ?? 0, "line")} not kept in this view</span>
        )}
        {history && history.failure === null && <span>Loading lines…</span>}
        {history && history.failure !== null && (
          <>
            <span>{history.failure}</span>
            <button type="button" class="rtw-button" onClick={() => history.retry()}>
              Load again
            </button>
          </>
        )}
      </div>
    </div>
  );
}

/** The style that sets the width of the column of sources. */
export function sourceColumn({ hasSources, longestSource }: LogBook): { "--rtw-source": string } {
  const columns = hasSources ? Math.min(longestSource, MOST_SOURCE_COLUMNS) : 0;
  return { "--rtw-source": `${columns}ch` };
}

/** The lines in the visible area, by their events. */
function positionOf(layout: Layout, { top, height }: LogScroll): LineRange | null {
  const first = placeAt(layout, top);
  const last = placeAt(layout, top + height);
  return first && last && rangeOf({ seq: first.seq, part: 0 }, { seq: last.seq, part: 0 });
}

/** Scroll to the current match when it changes. */
function useCurrentMatch(
  { current }: Finder,
  pause: () => void,
  reveal: (match: LinePoint) => void,
): void {
  useLayoutEffect(() => {
    if (current === null) return;
    pause();
    reveal(current);
  }, [current?.seq, current?.part]);
}

/** Number of lines since following stopped. */
function useNewLines(end: number, isFollowing: boolean): number {
  const stoppedAt = useRef(end);
  useLayoutEffect(() => {
    if (isFollowing) stoppedAt.current = end;
  });
  return end - stoppedAt.current;
}

/** Keep the lines that are drawn, rather than others. */
function useDrawn(book: LogBook, blocks: readonly Block[]): void {
  useEffect(() => {
    book.draw(blocks.map(({ stretch }) => stretch));
  });
}

/** The event to load next: the nearest to the visible area that is not loaded; null where all are. */
function missingNear(
  layout: Layout,
  { top, height }: { top: number; height: number },
): number | null {
  const middle = top + height / 2;
  const near = blocksBetween(layout, top - PREFETCH * height, top + (1 + PREFETCH) * height)
    .filter(({ lines }) => lines === null)
    .map((block) => ({
      block,
      distance: Math.max(block.top - middle, middle - block.top - block.height, 0),
    }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near ? seqAt(near.block, middle) : null;
}
