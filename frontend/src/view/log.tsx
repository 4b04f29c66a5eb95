// The log, as a virtual list: a bounded number of rows is in the page, for any number of lines.

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { LogBook, LogLine } from "../model/log.js";
import { formatClock } from "../model/remarks.js";
import { useFollowing } from "../ui/following.js";
import { formatCount, formatNumber } from "../ui/format.js";
import { usePrinting } from "../ui/hooks.js";
import { JumpButton } from "../ui/jump.js";
import { shownText } from "../ui/text.js";
import { WheelHint } from "../ui/wheel.js";
import { CopyButton } from "./copy-button.js";
import { type LogChoice, LogFilter } from "./log-filter.js";
import { LogRow } from "./log-line.js";
import { ROW_HEIGHT, useVisibleRows } from "./visible-rows.js";

/** Most lines printed: about a hundred pages. */
const MOST_PRINTED = 5_000;

/** Columns up to which the longest line widens the panel. */
const MOST_COLUMNS = 2_000;

/** Maximum width of the column of sources. */
const MOST_SOURCE_COLUMNS = 16;

/** Pixels below the last row while the button covers the end. */
const JUMP_ROOM = 40;

interface LogProps {
  book: LogBook;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
}

export function Log({ book, choice, onChoice }: LogProps): JSX.Element {
  const [query, setQuery] = useState("");
  const [filter] = useState(() => new LogFilter());
  const lines = filter.update(book, choice, query);
  const isFiltered = choice !== "debug" || query !== "";
  const isPrinting = usePrinting();
  return (
    <section class="rtw-log" aria-label="Log">
      <Toolbar
        book={book}
        lines={lines}
        isFiltered={isFiltered}
        choice={choice}
        onChoice={onChoice}
        query={query}
        onQuery={setQuery}
      />
      {isPrinting ? (
        <PrintedRows lines={lines} sourceColumns={sourceColumnsOf(book)} />
      ) : (
        <Rows book={book} lines={lines} isFiltered={isFiltered} />
      )}
    </section>
  );
}

interface ToolbarProps extends LogProps {
  /** The lines shown. */
  lines: readonly LogLine[];
  isFiltered: boolean;
  query: string;
  onQuery: (query: string) => void;
}

function Toolbar(props: ToolbarProps): JSX.Element {
  const { book, lines, isFiltered, choice, onChoice, query, onQuery } = props;
  const all = formatCount(book.lines.length, "line");
  return (
    <div class="rtw-toolbar">
      <span class="rtw-log-count">
        {isFiltered ? `${formatNumber(lines.length)} of ${all}` : all}
        {book.trimmed > 0 && `, ${formatCount(book.trimmed, "older line")} not kept in this view`}
      </span>
      <select
        class="rtw-field"
        aria-label="Lines shown"
        value={choice}
        onChange={(event) => onChoice(event.currentTarget.value as LogChoice)}
      >
        <option value="debug">All levels</option>
        <option value="info">Info and above</option>
        <option value="warning">Warnings ({book.count("warning")}) and above</option>
        <option value="error">Errors ({book.count("error") + book.count("critical")})</option>
        {(book.remarks > 0 || choice === "remarks") && (
          <option value="remarks">Gaps and notes ({book.remarks})</option>
        )}
      </select>
      <Find query={query} onQuery={onQuery} />
      <CopyButton text={() => lines.map(plainLine).join("\n")} />
    </div>
  );
}

function Find({ query, onQuery }: Pick<ToolbarProps, "query" | "onQuery">): JSX.Element {
  return (
    <input
      class="rtw-field rtw-find"
      type="search"
      placeholder="Find"
      aria-label="Show only lines with this text"
      value={query}
      onInput={(event) => onQuery(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onQuery("");
      }}
    />
  );
}

interface RowsProps {
  book: LogBook;
  /** The lines shown. */
  lines: readonly LogLine[];
  isFiltered: boolean;
}

function Rows({ book, lines, isFiltered }: RowsProps): JSX.Element {
  const { ref, isFollowing, onScroll, jump, wantsClick } = useFollowing<HTMLDivElement>();
  const { scrolled, measure, first, count } = useVisibleRows(ref, lines.length, isFollowing);
  const fresh = useNewLines(book.end, isFollowing);
  const isLeft = !isFollowing && heightOf(lines) > scrolled.height;
  const height = heightOf(lines) + (isLeft ? JUMP_ROOM : 0);
  // A filter does not shrink the panel, so that the page does not move.
  const kept = isFiltered ? Math.min(heightOf(book.lines), scrolled.height) : 0;

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
        onScroll={() => {
          onScroll();
          measure();
        }}
      >
        <Canvas
          book={book}
          lines={lines.slice(first, first + count)}
          height={Math.max(height, kept)}
          top={first * ROW_HEIGHT}
        />
        {lines.length === 0 && <NoLines isFiltered={isFiltered} />}
      </div>
      <WheelHint isShown={wantsClick} />
      {isLeft && (
        <JumpButton onClick={jump}>
          Jump to latest{fresh > 0 && ` (${formatCount(fresh, "new line")})`}
        </JumpButton>
      )}
    </div>
  );
}

function NoLines({ isFiltered }: { isFiltered: boolean }): JSX.Element {
  return <p class="rtw-aside rtw-no-lines">{isFiltered ? "No line matches" : "No lines yet"}</p>;
}

function heightOf(lines: readonly LogLine[]): number {
  return lines.length * ROW_HEIGHT;
}

interface CanvasProps {
  book: LogBook;
  /** Height of all rows, in pixels. */
  height: number;
  /** Position of the first row that is drawn, in pixels. */
  top: number;
  /** The lines that are drawn. */
  lines: readonly LogLine[];
}

/** The area of all rows, with those that are drawn in their places. */
function Canvas({ book, lines, height, top }: CanvasProps): JSX.Element {
  const sourceColumns = sourceColumnsOf(book);
  return (
    <div
      class="rtw-rows-all"
      style={{
        "--rtw-source": `${sourceColumns}ch`,
        blockSize: `${height}px`,
        minInlineSize: `max(100%, var(--rtw-gutter) + var(--rtw-source) + ${Math.min(book.longest, MOST_COLUMNS)}ch)`,
      }}
    >
      <div class="rtw-rows-drawn" style={{ transform: `translateY(${top}px)` }}>
        <LogRows lines={lines} sourceColumns={sourceColumns} />
      </div>
    </div>
  );
}

interface LogRowsProps {
  lines: readonly LogLine[];
  sourceColumns: number;
}

function LogRows({ lines, sourceColumns }: LogRowsProps): JSX.Element {
  return (
    <>
      {lines.map((line) => (
        <LogRow key={line.n} line={line} hasSources={sourceColumns > 0} />
      ))}
    </>
  );
}

/** Number of lines since following stopped. */
function useNewLines(end: number, isFollowing: boolean): number {
  const stoppedAt = useRef(end);
  useLayoutEffect(() => {
    if (isFollowing) stoppedAt.current = end;
  });
  return end - stoppedAt.current;
}

function sourceColumnsOf({ longestSource }: LogBook): number {
  return Math.min(longestSource, MOST_SOURCE_COLUMNS);
}

/** All lines instead of the visible ones, up to a bound. */
function PrintedRows({ lines, sourceColumns }: LogRowsProps): JSX.Element {
  const left = lines.length - MOST_PRINTED;
  return (
    <div class="rtw-rows">
      <div class="rtw-rows-all" style={{ "--rtw-source": `${sourceColumns}ch` }}>
        {left > 0 && <p class="rtw-aside">{formatCount(left, "earlier line")} not printed</p>}
        <LogRows lines={lines.slice(-MOST_PRINTED)} sourceColumns={sourceColumns} />
      </div>
    </div>
  );
}

/** A line as it is copied: the visible text, with hidden characters marked. */
function plainLine({ kind, time, level, source, text, isContinuation }: LogLine): string {
  if (isContinuation) return shownText(text);
  const clock = time === null ? "" : formatClock(time);
  const parts = [clock, kind === "divider" ? "" : level.toUpperCase(), source ?? "", text];
  return shownText(parts.filter((part) => part !== "").join(" "));
}
