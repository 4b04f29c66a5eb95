// The rows of the log, as a virtual list: a bounded number of them is in the page, for any number
// of lines, and only a part of the lines is loaded.

import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { History } from "../feeds/feed.js";
import type { AttemptStarts } from "../model/attempt-starts.js";
import type { LogBook } from "../model/log.js";
import type { LogLine } from "../model/log-line.js";
import { useFollowing } from "../ui/following.js";
import { formatCount } from "../ui/format.js";
import { JumpButton } from "../ui/jump.js";
import { WheelHint } from "../ui/wheel.js";
import type { Finder } from "./finder.js";
import { useHighlights } from "./highlights.js";
import type { Section } from "./log-filter.js";
import {
  type Block,
  blocksBetween,
  type Layout,
  layOut,
  linesBetween,
  placeAt,
  seqAt,
  type Target,
} from "./log-layout.js";
import { LogRow } from "./log-line.js";
import { LogMarks } from "./log-marks.js";
import { useLogScroll } from "./log-scroll.js";
import type { LogSettings } from "./log-settings.js";
import { type TimeChoice, timeOf } from "./log-times.js";
import { ROW_HEIGHT } from "./row-heights.js";
import { useLoading } from "./use-loading.js";
import { useRowHeights } from "./use-row-heights.js";

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
  sections: readonly Section[];
  settings: LogSettings;
  isFiltered: boolean;
  /** Whether older lines are being loaded for the filter. */
  isSearching: boolean;
  /** Loads the sections that are not loaded; null where they cannot be. */
  history: History | null;
  finder: Finder;
  /** The line to which the reader was taken last, or null. */
  target: Target | null;
  /** Set to the event at which the reader is; null at the end. */
  position: RefObject<number | null>;
}

export function Rows(props: RowsProps): JSX.Element {
  const { book, sections, settings, isFiltered, isSearching, history } = props;
  const { finder, target, position } = props;
  const { ref, isFollowing, onScroll, jump, pause, wantsClick } = useFollowing<HTMLDivElement>();
  const rows = useRowHeights(ref, settings.isWrapped);
  // A filter hides an unknown number of the lines that are not loaded.
  const layout = layOut(sections, isFiltered ? 0 : book.density, history !== null, rows);
  const scroll = useLogScroll(ref, layout, isFollowing);
  position.current = isFollowing
    ? null
    : (placeAt(layout, scroll.top + scroll.height)?.seq ?? null);
  useTarget(target, pause, scroll.reveal);
  useHighlights(ref, finder, target);
  const fresh = useNewLines(book.end, isFollowing);
  const blocks = blocksBetween(layout, scroll.from, scroll.to);
  useDrawn(book, blocks);
  useLoading(history, missingNear(layout, scroll));
  const isLeft = !isFollowing && layout.height > scroll.height;
  // A filter does not shrink the panel, so that the page does not move.
  const noMatch = isSearching ? "No line matches yet" : "No line matches";
  const noLines = isFiltered ? noMatch : "No lines yet";
  const kept = isFiltered ? Math.min(book.size * ROW_HEIGHT, scroll.height) : 0;

  return (
    <div class="rtw-rows-frame">
      <div
        class={classOfRows(settings)}
        ref={ref}
        role="log"
        aria-label="Log lines"
        // A screen reader would never finish reading a burst; screen-reader.tsx gives it a summary.
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
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
            minInlineSize: settings.isWrapped ? "100%" : widthOf(book),
          }}
        >
          {blocks.map((block) => (
            <BlockRows
              key={block.stretch.first}
              block={block}
              from={scroll.from}
              to={scroll.to}
              visibleTop={scroll.top}
              hasSources={book.longestSource > 0}
              times={settings.times}
              attempts={book.attempts}
              isFiltered={isFiltered}
              history={history}
            />
          ))}
        </div>
        {layout.height === 0 && <p class="rtw-aside rtw-no-lines">{noLines}</p>}
      </div>
      {!isFiltered && <LogMarks severe={book.severe} layout={layout} height={scroll.height} />}
      <WheelHint isShown={wantsClick} />
      {isLeft && (
        <JumpButton onClick={jump}>
          Jump to latest{fresh > 0 && ` (${formatCount(fresh, "new line")})`}
        </JumpButton>
      )}
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
  hasSources: boolean;
  times: TimeChoice;
  attempts: AttemptStarts;
  isFiltered: boolean;
  history: History | null;
}

/** The part of a block that is in the area. */
function BlockRows(props: BlockRowsProps): JSX.Element {
  const { block, from, to, visibleTop, isFiltered, history } = props;
  if (block.lines === null) {
    // From the visible edge on, where its words are.
    const end = Math.min(block.top + block.height, to);
    const top = Math.min(Math.max(block.top, visibleTop), Math.max(end - ROW_HEIGHT, block.top));
    const words = isFiltered ? "Searching older lines…" : "Loading lines…";
    return (
      <Unloaded block={block} top={top} height={end - top} history={history} loading={words} />
    );
  }
  const { lines, top, above } = linesBetween(block, from, to);
  return (
    <div class="rtw-rows-drawn" style={{ transform: `translateY(${top}px)` }}>
      <LogRows {...props} lines={lines} above={above} />
    </div>
  );
}

interface LogRowsProps {
  lines: readonly LogLine[];
  /** The line above the first, or null. */
  above: LogLine | null;
  hasSources: boolean;
  times: TimeChoice;
  attempts: AttemptStarts;
}

export function LogRows({ lines, above, hasSources, times, attempts }: LogRowsProps): JSX.Element {
  return (
    <>
      {lines.map((line, index) => (
        <LogRow
          key={line.n}
          line={line}
          time={timeOf(line, lines[index - 1] ?? above, times, attempts)}
          hasSources={hasSources}
        />
      ))}
    </>
  );
}

export function classOfRows({ isWrapped, times }: LogSettings): string {
  const names = ["rtw-rows"];
  if (isWrapped) names.push("rtw-rows-wrapped");
  if (times === "none") names.push("rtw-rows-timeless");
  return names.join(" ");
}

/** As wide as the longest line, up to a bound. */
function widthOf({ longest }: LogBook): string {
  const columns = Math.min(longest, MOST_COLUMNS);
  return `max(100%, var(--rtw-gutter) + var(--rtw-source) + ${columns}ch)`;
}

interface UnloadedProps {
  block: Block;
  top: number;
  height: number;
  history: History | null;
  /** What is shown while they are being loaded. */
  loading: string;
}

/** In place of lines that are not loaded: that they are being loaded, or why they are not. */
function Unloaded({ block, top, height, history, loading }: UnloadedProps): JSX.Element {
  return (
    <div
      class="rtw-unloaded"
      style={{ transform: `translateY(${top}px)`, blockSize: `${height}px` }}
    >
      <div class="rtw-unloaded-words">
        {history === null && (
          <span>{formatCount(block.stretch.forgotten ?? 0, "line")} not kept in this view</span>
        )}
        {history && history.failure === null && <span>{loading}</span>}
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
export function sourceColumn({ longestSource }: LogBook): { "--rtw-source": string } {
  return { "--rtw-source": `${Math.min(longestSource, MOST_SOURCE_COLUMNS)}ch` };
}

/** Scroll to a line when the reader is taken there. */
function useTarget(
  target: Target | null,
  pause: () => void,
  reveal: (seq: number, part: number) => void,
): void {
  useLayoutEffect(() => {
    if (target === null) return;
    pause();
    reveal(target.seq, target.part);
  }, [target]);
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
