// The log: its toolbar, and its rows on the screen or on paper.

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Feed, History } from "../feeds/feed.js";
import type { LevelHistory } from "../feeds/level-history.js";
import type { LineRange } from "../model/line-range.js";
import type { LogBook } from "../model/log.js";
import { isAtLeast, type LogLine } from "../model/log-line.js";
import { formatClock } from "../model/remarks.js";
import { formatCount } from "../ui/format.js";
import { usePrinting } from "../ui/hooks.js";
import { shownText } from "../ui/text.js";
import { Find, NO_QUERY } from "./find.js";
import { useFullScreen } from "./full-screen.js";
import type { RunLinks } from "./links.js";
import { LogRows } from "./log-block.js";
import { isFilter, type LogChoice, LogFilter } from "./log-filter.js";
import { LogFolds } from "./log-folds.js";
import { PLAIN_LOOK } from "./log-look.js";
import { LogMenu } from "./log-menu.js";
import { classOfRows, Rows, sourceColumn } from "./log-rows.js";
import { type LogSettings, useLogSettings } from "./log-settings.js";
import { Toolbar } from "./log-toolbar.js";
import { useSevereSearch } from "./severe-search.js";
import { jumpByKey } from "./severity-buttons.js";
import { useFinder } from "./use-finder.js";
import { newestMissing, useLevelHistory } from "./use-level-history.js";
import { useLinked } from "./use-linked.js";
import { useLoading } from "./use-loading.js";
import { useSeverityJump } from "./use-severity-jump.js";

/** Most lines printed: about a hundred pages. */
const MOST_PRINTED = 5_000;

/** Lines up to which older ones are loaded to find remarks; below the bound of `LogBook`. */
const MOST_FILTERED = 150_000;

interface LogProps {
  feed: Feed;
  sprintId: string;
  links: RunLinks | undefined;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
}

export function Log({ feed, sprintId, links, choice, onChoice }: LogProps): JSX.Element {
  const { run, history, search } = feed;
  const book = run.log;
  const section = useRef<HTMLElement>(null);
  const position = useRef<LineRange | null>(null);
  const [query, setQuery] = useState(NO_QUERY);
  const [filter] = useState(() => new LogFilter());
  const settings = useLogSettings();
  const fullScreen = useFullScreen(section);
  const levels = useLevelHistory(search, book, choice);
  const sections = filter.update(book, choice, levels);
  const older = useRemarks(book, history, choice);
  const finder = useFinder({ search, book, head: run.seq, query, choice, position });
  useSevereSearch(search, book);
  const jump = useSeverityJump(book.severe, (severity) => {
    if (choice === "remarks" || !isAtLeast(severity, choice)) onChoice("debug");
  });
  // What the reader chose last: a match of the search, or an error.
  useLayoutEffect(jump.leave, [finder.current]);
  const target = jump.place ?? finder.current;
  const linked = useLinked(links?.fragment);
  const folds = useFolds();
  const shown = folds.update(sections, {
    isFiltered: isFilter(choice),
    reading: position.current,
    wanted: [target, linked.range?.first].filter((point) => point != null),
  });
  const isPrinting = usePrinting();
  const lines = () => sections.flatMap((each) => each.lines ?? []);
  return (
    <section
      ref={section}
      class={fullScreen.isFull ? "rtw-log rtw-log-full" : "rtw-log"}
      aria-label="Log"
      onKeyDown={(event) => jumpByKey(event, jump)}
    >
      <Toolbar
        book={book}
        matches={isFilter(choice) ? countOf(sections) : null}
        share={levels ? shareOf(levels) : book.loaded / Math.max(book.size, 1)}
        choice={choice}
        onChoice={onChoice}
        jump={jump}
        fullScreen={fullScreen}
        text={() => lines().map(plainLine).join("\n")}
        menu={
          <LogMenu
            sprintId={sprintId}
            settings={settings}
            jump={jump}
            severe={book.severe}
            fullScreen={fullScreen}
            fileUrl={feed.fileUrl}
            lines={() => book.lines}
          />
        }
      >
        <Find query={query} onQuery={setQuery} finder={finder} hasRegex={search.hasRegex} />
      </Toolbar>
      {isPrinting ? (
        <PrintedRows lines={lines()} book={book} settings={settings} />
      ) : (
        <Rows
          book={book}
          sections={shown}
          unfolded={sections}
          settings={settings}
          isFiltered={isFilter(choice)}
          isSearching={(older !== null && history !== null) || (levels !== null && levels.from > 1)}
          history={isFilter(choice) ? levels : history}
          finder={finder}
          target={target}
          folds={folds}
          linked={linked}
          page={links?.href(sprintId) ?? null}
          head={run.seq}
          position={position}
        />
      )}
    </section>
  );
}

/** What is folded, as long as this log is shown. */
function useFolds(): LogFolds {
  const [, setVersion] = useState(0);
  const [folds] = useState(() => new LogFolds(() => setVersion((version) => version + 1)));
  return folds;
}

/** Load older lines to find remarks, which no server knows; returns the next event to load. */
function useRemarks(book: LogBook, history: History | null, choice: LogChoice): number | null {
  const isNeeded = choice === "remarks" && book.loaded < MOST_FILTERED;
  const older = isNeeded ? newestMissing(book) : null;
  useLoading(history, older);
  return older;
}

function countOf(sections: readonly { lines: readonly LogLine[] | null }[]): number {
  return sections.reduce((sum, { lines }) => sum + (lines?.length ?? 0), 0);
}

/** The share of the events of a filter that was searched. */
function shareOf({ from, to }: LevelHistory): number {
  return (to - from + 1) / Math.max(to, 1);
}

interface PrintedRowsProps {
  lines: readonly LogLine[];
  book: LogBook;
  settings: LogSettings;
}

/** All lines instead of the visible ones, up to a bound. */
function PrintedRows({ lines, book, settings }: PrintedRowsProps): JSX.Element {
  const left = book.size - Math.min(lines.length, MOST_PRINTED);
  return (
    <div class={classOfRows(settings)}>
      <div class="rtw-rows-all" style={sourceColumn(book)}>
        {left > 0 && <p class="rtw-aside">{formatCount(left, "earlier line")} not printed</p>}
        <div class="rtw-rows-drawn">
          <LogRows
            lines={lines.slice(-MOST_PRINTED)}
            above={null}
            hasSources={book.hasSources}
            look={() => PLAIN_LOOK}
            controls={null}
            times={settings.times}
            attempts={book.attempts}
          />
        </div>
      </div>
    </div>
  );
}

/** A line as it is copied: the visible text, with hidden characters marked. */
function plainLine({ kind, time, level, source, text, part }: LogLine): string {
  if (part > 0) return shownText(text);
  const clock = time === null ? "" : formatClock(time);
  const parts = [clock, kind === "divider" ? "" : level.toUpperCase(), source ?? "", text];
  return shownText(parts.filter((part) => part !== "").join(" "));
}
