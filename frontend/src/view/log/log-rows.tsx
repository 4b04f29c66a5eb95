// The rows of the log, as a virtual list: a bounded number of them is in the page, for any number
// of lines, and only a part of the lines is loaded.

import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { History } from "../../feeds/feed.js";
import type { EventRange } from "../../model/attempts.js";
import { type LineRange, rangeOf } from "../../model/line-range.js";
import type { LogBook } from "../../model/log.js";
import type { LogLine } from "../../model/log-line.js";
import { useFollowing } from "../../ui/following.js";
import { formatCount } from "../../ui/format.js";
import { JumpButton } from "../../ui/jump.js";
import { WheelHint } from "../../ui/wheel.js";
import type { Finder } from "../find/finder.js";
import { useHighlights } from "./highlights.js";
import { BlockRows } from "./log-block.js";
import type { Section } from "./log-filter.js";
import type { LogFolds } from "./log-folds.js";
import {
  anchorAt,
  type Block,
  blocksBetween,
  type Layout,
  layOut,
  seqAt,
  type Target,
} from "./log-layout.js";
import { lookOf } from "./log-look.js";
import { LogMarks } from "./log-marks.js";
import { type LogScroll, useLogScroll } from "./log-scroll.js";
import type { LogSettings } from "./log-settings.js";
import { ROW_HEIGHT } from "./row-heights.js";
import { SelectionBar } from "./selection-bar.js";
import type { Linked } from "./use-linked.js";
import { useLoading } from "./use-loading.js";
import { useRowControls } from "./use-row-controls.js";
import { useRowHeights } from "./use-row-heights.js";

/** Columns up to which the longest line widens the panel. */
const MAX_COLUMNS = 2_000;

/** Maximum width of the column of sources. */
const MAX_SOURCE_COLUMNS = 16;

/** Pixels below the last row while the button covers the end. */
const JUMP_ROOM = 40;

/** Heights of the view before and after the visible one within which lines are loaded. */
const PREFETCH = 2;

interface LogRowsProps {
  book: LogBook;
  sections: readonly Section[];
  settings: LogSettings;
  isFiltered: boolean;
  /** The events whose lines are shown; null for all. */
  range: EventRange | null;
  /** Whether older lines are being loaded for the filter. */
  isSearching: boolean;
  /** Loads the sections that are not loaded; null where they cannot be. */
  history: History | null;
  finder: Finder;
  /** The line to which the reader was taken last, or null. */
  target: Target | null;
  /** The sections without what is folded in them, which is copied too. */
  unfolded: readonly Section[];
  folds: LogFolds;
  linked: Linked;
  /** The URL of the run's page; null where it has none. */
  page: string | null;
  /** Number of the newest event. */
  head: number;
  /** Set to what the reader sees; null at the end. */
  position: RefObject<LineRange | null>;
}

export function LogRows(props: LogRowsProps): JSX.Element {
  const { book, settings, isFiltered, range } = props;
  const view = useLogRows(props);
  const { follower, layout, scroll, controls } = view;
  const { ref, isFollowing, jump, wantsClick } = follower;
  const fresh = useNewLines(range && range.last < Infinity ? 0 : book.end, isFollowing);
  const isLeft = !isFollowing && layout.height > scroll.height;
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
        onKeyDown={controls.onKeyDown}
        onCopy={controls.onCopy}
        onScroll={() => {
          follower.onScroll();
          scroll.measure();
        }}
      >
        <AllRows rows={props} view={view} isLeft={isLeft} />
      </div>
      {!isFiltered && range === null && (
        <LogMarks severe={book.severe} layout={layout} height={scroll.height} />
      )}
      <WheelHint isShown={wantsClick} />
      {isLeft && (
        <JumpButton onClick={jump}>
          Jump to latest{fresh > 0 && ` (${formatCount(fresh, "new line")})`}
        </JumpButton>
      )}
      {controls.bar && <SelectionBar {...controls.bar} />}
    </div>
  );
}

/** Where the rows are, which of them are drawn, and what the reader can do with them. */
function useLogRows(props: LogRowsProps) {
  const { book, sections, settings, isFiltered, history, finder, position, folds } = props;
  const follower = useFollowing<HTMLDivElement>();
  const { ref, isFollowing, pause } = follower;
  const heights = useRowHeights(ref, settings.isWrapped);
  // A filter hides an unknown number of the lines that are not loaded.
  const layout = layOut(sections, isFiltered ? 0 : book.density, history !== null, heights);
  const scroll = useLogScroll(ref, layout, isFollowing);
  position.current = isFollowing ? null : positionOf(layout, scroll);
  useTarget(props, pause, (seq, part) => {
    folds.reveal({ seq, part });
    scroll.reveal(seq, part);
  });
  useNewRange(props.range, follower.jump);
  const controls = useRowControls({ ...props, layout, scroll, follower });
  useHighlights(ref, finder, props.target);
  const blocks = blocksBetween(layout, scroll.from, scroll.to);
  useDrawn(book, blocks);
  useLoading(history, missingNear(layout, scroll));
  return { follower, layout, scroll, controls, blocks };
}

interface AllRowsProps {
  rows: LogRowsProps;
  view: ReturnType<typeof useLogRows>;
  /** Whether the end is out of sight, and a button leads to it. */
  isLeft: boolean;
}

/** An area as high as all rows, with those that are drawn. */
function AllRows({ rows, view, isLeft }: AllRowsProps): JSX.Element {
  const { book, settings, isFiltered, isSearching, history, folds, linked, page } = rows;
  const { layout, scroll, controls, blocks } = view;
  // A filter does not shrink the panel, so that the page does not move.
  const kept = isFiltered ? Math.min(book.size * ROW_HEIGHT, scroll.height) : 0;
  const noMatch = isSearching ? "No line matches yet" : "No line matches";
  const draw = {
    hasSources: book.hasSources,
    times: settings.times,
    attempts: book.attempts,
    look: (line: LogLine) => lookOf(line, { folds, page, linked: linked.range }),
    controls: controls.controls,
  };
  const { from, to, top } = scroll;
  return (
    <>
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
            {...{ block, from, to, draw, isFiltered, history }}
            visibleTop={top}
          />
        ))}
      </div>
      {layout.height === 0 && (
        <p class="rtw-aside rtw-no-lines">{isFiltered ? noMatch : "No lines yet"}</p>
      )}
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
  const columns = Math.min(longest, MAX_COLUMNS);
  return `max(100%, var(--rtw-gutter) + var(--rtw-source) + ${columns}ch)`;
}

/** The style that sets the width of the column of sources. */
export function sourceColumn({ hasSources, longestSource }: LogBook): { "--rtw-source": string } {
  const columns = hasSources ? Math.min(longestSource, MAX_SOURCE_COLUMNS) : 0;
  return { "--rtw-source": `${columns}ch` };
}

/** The lines in the visible area, by their events. */
function positionOf(layout: Layout, { top, height }: LogScroll): LineRange | null {
  const first = anchorAt(layout, top);
  const last = anchorAt(layout, top + height);
  return first && last && rangeOf({ seq: first.seq, part: 0 }, { seq: last.seq, part: 0 });
}

/** Scroll to a line when the reader is taken there. */
function useTarget(
  { target, range }: LogRowsProps,
  pause: () => void,
  reveal: (seq: number, part: number) => void,
): void {
  useLayoutEffect(() => {
    if (target === null) return;
    pause();
    reveal(target.seq, target.part);
  }, [target, range === null]);
}

/** Go to the end where other events are chosen; the reader who gets all of them stays. */
function useNewRange(range: EventRange | null, jump: () => void): void {
  const first = useRef(range?.first);
  useLayoutEffect(() => {
    if (range !== null && range.first !== first.current) jump();
    first.current = range?.first;
  });
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
