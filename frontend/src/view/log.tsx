// The log, as a virtual list: a bounded number of rows is in the page, for any number of lines.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { LogBook, LogLine } from "../model/log.js";
import { formatClock } from "../model/remarks.js";
import { copyText } from "../ui/clipboard.js";
import { formatCount, formatNumber } from "../ui/format.js";
import { useFollowing, usePrinting } from "../ui/hooks.js";
import { CheckIcon, CopyIcon, CrossIcon } from "../ui/icons.js";
import { JumpButton } from "../ui/jump.js";
import { shownText } from "../ui/text.js";
import { WheelHint } from "../ui/wheel.js";
import { type LogChoice, LogFilter } from "./log-filter.js";
import { LogRow } from "./log-line.js";

/** Pixels, the same as --rtw-row in the style sheet. */
export const ROW_HEIGHT = 18;

/** Rows drawn beyond each edge, so that scrolling shows no blank area. */
const OVERSCAN = 12;

/** Rows drawn before the height is known, and the maximum. */
const FIRST_ROWS = 40;
const MOST_ROWS = 200;

/** Most lines printed: about a hundred pages. */
const MOST_PRINTED = 5_000;

/** Columns up to which the longest line widens the panel. */
const MOST_COLUMNS = 2_000;

/** Maximum width of the column of sources. */
const MOST_SOURCE_COLUMNS = 16;

/** Pixels below the last row while the button covers the end. */
const JUMP_ROOM = 40;

/** How long the result of copying is shown, in milliseconds. */
const COPIED_FOR = 1_500;
const NOT_COPIED_FOR = 6_000;

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
      <div class="rtw-toolbar">
        <span class="rtw-log-count">
          {isFiltered
            ? `${formatNumber(lines.length)} of ${formatCount(book.lines.length, "line")}`
            : formatCount(book.lines.length, "line")}
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
        <input
          class="rtw-field rtw-find"
          type="search"
          placeholder="Find"
          aria-label="Show only lines with this text"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.preventDefault();
            event.stopPropagation();
            setQuery("");
          }}
        />
        <CopyButton lines={lines} />
      </div>
      {isPrinting ? (
        <PrintedRows lines={lines} sourceColumns={sourceColumnsOf(book)} />
      ) : (
        <Rows book={book} lines={lines} isFiltered={isFiltered} />
      )}
    </section>
  );
}

interface RowsProps {
  book: LogBook;
  /** The lines shown. */
  lines: readonly LogLine[];
  isFiltered: boolean;
}

function Rows({ book, lines, isFiltered }: RowsProps): JSX.Element {
  const { end, longest } = book;
  const { ref, isFollowing, onScroll, jump, wantsClick } = useFollowing<HTMLDivElement>();
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
  const top = isFollowing ? lines.length - fit : Math.floor(scrolled.top / ROW_HEIGHT);
  const first = Math.max(Math.min(top - OVERSCAN, lines.length - count), 0);

  // Number of lines when following stopped.
  const leftAt = useRef(end);
  useLayoutEffect(() => {
    if (isFollowing) leftAt.current = end;
  });
  const fresh = end - leftAt.current;

  const isLeft = !isFollowing && lines.length * ROW_HEIGHT > scrolled.height;
  const height = lines.length * ROW_HEIGHT + (isLeft ? JUMP_ROOM : 0);
  // A filter does not shrink the panel, so that the page does not move.
  const kept = isFiltered ? Math.min(book.lines.length * ROW_HEIGHT, scrolled.height) : 0;
  const sourceColumns = sourceColumnsOf(book);

  return (
    <div class="rtw-rows-frame">
      <div
        class="rtw-rows"
        ref={ref}
        role="log"
        aria-label="Log lines"
        // A screen reader would never finish reading a burst; the announcer reads a summary.
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={() => {
          onScroll();
          measure();
        }}
      >
        <div
          class="rtw-rows-all"
          style={{
            "--rtw-source": `${sourceColumns}ch`,
            blockSize: `${Math.max(height, kept)}px`,
            minInlineSize: `max(100%, var(--rtw-gutter) + var(--rtw-source) + ${Math.min(longest, MOST_COLUMNS)}ch)`,
          }}
        >
          <div class="rtw-rows-drawn" style={{ transform: `translateY(${first * ROW_HEIGHT}px)` }}>
            {lines.slice(first, first + count).map((line) => (
              <LogRow key={line.n} line={line} hasSources={sourceColumns > 0} />
            ))}
          </div>
        </div>
        {lines.length === 0 && (
          <p class="rtw-aside rtw-no-lines">{isFiltered ? "No line matches" : "No lines yet"}</p>
        )}
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

function sourceColumnsOf({ longestSource }: LogBook): number {
  return Math.min(longestSource, MOST_SOURCE_COLUMNS);
}

interface PrintedProps {
  lines: readonly LogLine[];
  sourceColumns: number;
}

/** All lines instead of the visible ones, up to a bound. */
function PrintedRows({ lines, sourceColumns }: PrintedProps): JSX.Element {
  const left = lines.length - MOST_PRINTED;
  return (
    <div class="rtw-rows">
      <div class="rtw-rows-all" style={{ "--rtw-source": `${sourceColumns}ch` }}>
        {left > 0 && <p class="rtw-aside">{formatCount(left, "earlier line")} not printed</p>}
        {lines.slice(-MOST_PRINTED).map((line) => (
          <LogRow key={line.n} line={line} hasSources={sourceColumns > 0} />
        ))}
      </div>
    </div>
  );
}

type CopyState = "ready" | "copied" | "refused";

const COPY_WORDS = { ready: "", copied: "Copied", refused: "Could not copy" };

function CopyButton({ lines }: { lines: readonly LogLine[] }): JSX.Element {
  const [state, setState] = useState<CopyState>("ready");
  useEffect(() => {
    if (state === "ready") return undefined;
    const time = state === "copied" ? COPIED_FOR : NOT_COPIED_FOR;
    const timer = setTimeout(() => setState("ready"), time);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    const isCopied = await copyText(lines.map(plainLine).join("\n"));
    setState(isCopied ? "copied" : "refused");
  };
  return (
    <>
      <span class={`rtw-copy-${state}`} role="status">
        {COPY_WORDS[state]}
      </span>
      <button
        type="button"
        class="rtw-button rtw-button-icon"
        title={
          state === "refused"
            ? "The browser does not let this page use the clipboard"
            : "Copy the lines shown"
        }
        aria-label="Copy the lines shown"
        onClick={() => void copy()}
      >
        {state === "ready" && <CopyIcon />}
        {state === "copied" && <CheckIcon />}
        {state === "refused" && <CrossIcon />}
      </button>
    </>
  );
}

/** A line as it is copied: the visible text, with hidden characters marked. */
function plainLine({ kind, time, level, source, text, isContinuation }: LogLine): string {
  if (isContinuation) return shownText(text);
  const clock = time === null ? "" : formatClock(time);
  const parts = [clock, kind === "divider" ? "" : level.toUpperCase(), source ?? "", text];
  return shownText(parts.filter((part) => part !== "").join(" "));
}
