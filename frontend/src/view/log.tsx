// The log: its toolbar, and its rows on the screen or on paper.

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { History } from "../feeds/feed.js";
import type { Search } from "../feeds/search.js";
import type { LineRange } from "../model/line-range.js";
import type { LogBook } from "../model/log.js";
import type { LogLine } from "../model/log-line.js";
import { formatClock } from "../model/remarks.js";
import { formatCount } from "../ui/format.js";
import { usePrinting } from "../ui/hooks.js";
import { shownText } from "../ui/text.js";
import { Find, NO_QUERY } from "./find.js";
import type { RunLinks } from "./links.js";
import { isFilter, type LogChoice, LogFilter } from "./log-filter.js";
import { LogFolds } from "./log-folds.js";
import { layOut } from "./log-layout.js";
import { PLAIN_LOOK } from "./log-look.js";
import { LogRows, Rows, sourceColumn } from "./log-rows.js";
import { Toolbar } from "./log-toolbar.js";
import { useFinder } from "./use-finder.js";
import { useLinked } from "./use-linked.js";
import { useLoading } from "./use-loading.js";

/** Most lines printed: about a hundred pages. */
const MOST_PRINTED = 5_000;

/** Lines up to which older ones are loaded to be filtered; below the bound of `LogBook`. */
const MOST_FILTERED = 150_000;

interface LogProps {
  book: LogBook;
  /** Loads lines that the book does not have. */
  history: History | null;
  search: Search;
  /** Number of the newest event. */
  head: number;
  sprintId: string;
  links: RunLinks | undefined;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
}

export function Log(props: LogProps): JSX.Element {
  const { book, history, search, head, sprintId, links, choice, onChoice } = props;
  const [query, setQuery] = useState(NO_QUERY);
  const [filter] = useState(() => new LogFilter());
  const isFiltered = isFilter(choice);
  const sections = filter.update(book, choice);
  const older = isFiltered && book.loaded < MOST_FILTERED ? newestMissing(book) : null;
  useLoading(history, older);
  const position = useRef<LineRange | null>(null);
  const finder = useFinder({ search, book, head, query, choice, position });
  const linked = useLinked(links?.fragment);
  const folds = useFolds();
  const shown = folds.update(sections, {
    isFiltered,
    reading: position.current,
    wanted: [finder.current, linked.range?.first].filter((point) => point != null),
  });
  const isPrinting = usePrinting();
  const lines = () => sections.flatMap((section) => section.lines ?? []);
  return (
    <section class="rtw-log" aria-label="Log">
      <Toolbar
        book={book}
        matches={
          isFiltered ? sections.reduce((sum, each) => sum + (each.lines?.length ?? 0), 0) : null
        }
        choice={choice}
        onChoice={onChoice}
        text={() => lines().map(plainLine).join("\n")}
      >
        <Find query={query} onQuery={setQuery} finder={finder} hasRegex={search.hasRegex} />
      </Toolbar>
      {isPrinting ? (
        <PrintedRows lines={lines()} book={book} />
      ) : (
        <Rows
          book={book}
          layout={layOut(shown, book.density, history !== null)}
          isFiltered={isFiltered}
          isSearching={older !== null && history !== null}
          history={history}
          finder={finder}
          folds={folds}
          sections={sections}
          linked={linked}
          page={links?.href(sprintId) ?? null}
          head={head}
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

/** The newest event that is not loaded; null where all are. */
function newestMissing({ stretches }: LogBook): number | null {
  return stretches.findLast(({ lines }) => lines === null)?.last ?? null;
}

/** All lines instead of the visible ones, up to a bound. */
function PrintedRows({ lines, book }: { lines: readonly LogLine[]; book: LogBook }): JSX.Element {
  const left = book.size - Math.min(lines.length, MOST_PRINTED);
  return (
    <div class="rtw-rows">
      <div class="rtw-rows-all" style={sourceColumn(book)}>
        {left > 0 && <p class="rtw-aside">{formatCount(left, "earlier line")} not printed</p>}
        <div class="rtw-rows-drawn">
          <LogRows
            lines={lines.slice(-MOST_PRINTED)}
            hasSources={book.hasSources}
            look={() => PLAIN_LOOK}
            rows={null}
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
