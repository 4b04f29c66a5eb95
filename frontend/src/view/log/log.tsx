// The log: its toolbar, and its rows on the screen or on paper.

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { LevelHistory } from "../../feeds/level-history.js";
import type { LogBook } from "../../model/log.js";
import type { LogLine } from "../../model/log-line.js";
import { formatClock } from "../../model/remarks.js";
import { formatCount } from "../../ui/format.js";
import { usePrinting } from "../../ui/hooks.js";
import { shownText } from "../../ui/text.js";
import { Find } from "../find/find.js";
import { FindScope } from "../find/find-scope.js";
import { type FullScreen, useFullScreen } from "./full-screen.js";
import { LineRows } from "./log-block.js";
import { isFilter } from "./log-filter.js";
import { PLAIN_LOOK } from "./log-look.js";
import { LogMenu } from "./log-menu.js";
import { classOfRows, LogRows, sourceColumn } from "./log-rows.js";
import { type LogSettings, useLogSettings } from "./log-settings.js";
import { Toolbar } from "./log-toolbar.js";
import { jumpByKey } from "./severity-buttons.js";
import { type LogView, type LogViewProps, useLogView } from "./use-log-view.js";

/** Most lines printed: about a hundred pages. */
const MAX_PRINTED = 5_000;

export function Log(props: LogViewProps): JSX.Element {
  const { feed, sprintId, links, choice, attempt } = props;
  const { run, history } = feed;
  const section = useRef<HTMLElement>(null);
  const settings = useLogSettings();
  const fullScreen = useFullScreen(section);
  const view = useLogView(props);
  const isPrinting = usePrinting();
  return (
    <section
      ref={section}
      class={fullScreen.isFull ? "rtw-log rtw-log-full" : "rtw-log"}
      aria-label="Log"
      onKeyDown={(event) => jumpByKey(event, view.jump)}
    >
      <LogHead {...props} view={view} settings={settings} fullScreen={fullScreen} />
      {isPrinting ? (
        <PrintedRows lines={linesOf(view)} book={run.log} settings={settings} />
      ) : (
        <LogRows
          {...view}
          book={run.log}
          sections={view.shown}
          unfolded={view.sections}
          settings={settings}
          isFiltered={isFilter(choice)}
          range={attempt.shown}
          history={isFilter(choice) ? view.levels : history}
          page={links?.href(sprintId) ?? null}
          head={run.seq}
        />
      )}
    </section>
  );
}

interface LogHeadProps extends LogViewProps {
  view: LogView;
  settings: LogSettings;
  fullScreen: FullScreen;
}

/** The toolbar, with the find box and the menu. */
function LogHead(props: LogHeadProps): JSX.Element {
  const { feed, sprintId, choice, onChoice, view, settings, fullScreen, attempt } = props;
  const { sections, levels, jump, query, setQuery, finder } = view;
  const book = feed.run.log;
  const lines = () => book.lines;
  const [isScopeOpen, setScopeOpen] = useState(false);
  return (
    <>
      <Toolbar
        {...{ book, choice, onChoice, jump, fullScreen }}
        matches={isFilter(choice) || attempt.shown ? countOf(sections) : null}
        share={levels ? shareOf(levels) : book.loaded / Math.max(book.size, 1)}
        text={() => linesOf(view).map(plainLine).join("\n")}
        menu={
          <LogMenu
            {...{ sprintId, settings, jump, fullScreen, lines }}
            severe={book.severe}
            fileUrl={feed.fileUrl}
          />
        }
      >
        <Find
          query={query}
          onQuery={setQuery}
          finder={finder}
          hasRegex={feed.search.hasRegex}
          isScopeOpen={isScopeOpen}
          onToggleScope={() => setScopeOpen(!isScopeOpen)}
        />
      </Toolbar>
      {isScopeOpen && (
        <FindScope
          book={book}
          attempt={attempt}
          scope={query}
          onScope={(scope) => setQuery({ ...query, ...scope })}
        />
      )}
    </>
  );
}

/** The lines of the choice that are loaded. */
function linesOf({ sections }: LogView): LogLine[] {
  return sections.flatMap(({ lines }) => lines ?? []);
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
  const left = book.size - Math.min(lines.length, MAX_PRINTED);
  return (
    <div class={classOfRows(settings)}>
      <div class="rtw-rows-all" style={sourceColumn(book)}>
        {left > 0 && <p class="rtw-aside">{formatCount(left, "earlier line")} not printed</p>}
        <div class="rtw-rows-drawn">
          <LineRows
            lines={lines.slice(-MAX_PRINTED)}
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
