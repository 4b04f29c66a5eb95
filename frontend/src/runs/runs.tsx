// The list of runs: what is asked of it above, its rows, and what stands there instead of rows.

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatCount, formatNumber } from "../ui/format.js";
import { useTicking } from "../ui/hooks.js";
import { WarningIcon } from "../ui/icons.js";
import { asOfWords, memoryWords } from "../ui/words.js";
import type { RunsHost } from "./host.js";
import { isUnderWay, matchesFilter, matchesQuery, type StatusFilter, sortRuns } from "./list.js";
import { Row } from "./row.js";
import type { RunsState, Runs as Source } from "./source.js";

/** Rows that are drawn at once, and more of them each time that more are asked for. */
const ROWS = 100;

const CHOICES: readonly [StatusFilter, string][] = [
  ["all", "All"],
  ["running", "Running"],
  ["failed", "Failed"],
];

const ROW = ".rtw-run-open";
const SEARCH = ".rtw-runs-search";

export function Runs({ source, host }: { source: Source; host: RunsHost }): JSX.Element {
  const { state, runs } = source;
  const [query, setQuery] = useState("");
  const [choice, setChoice] = useState<StatusFilter>("all");
  const [most, setMost] = useState(ROWS);
  const [said, setSaid] = useState("");
  const root = useRef<HTMLElement>(null);
  const rowToFocus = useRef<number | null>(null);
  // While nothing runs, ages of minutes are all there is to count.
  useTicking(state.phase === "live", runs.some(isUnderWay) ? 1_000 : 10_000);

  const meant = runs.filter((run) => matchesQuery(run, query.trim()));
  const found = sortRuns(meant.filter((run) => matchesFilter(run, choice)));
  const shown = found.slice(0, most);

  useLayoutEffect(() => {
    // The row that had the focus is gone: its neighbour takes it.
    if (rowToFocus.current === null) return;
    const rows = linksOf(root.current);
    const next = rows[Math.min(rowToFocus.current, rows.length - 1)];
    (next ?? root.current?.querySelector<HTMLElement>(SEARCH))?.focus();
    rowToFocus.current = null;
  });

  const showAll = () => {
    setQuery("");
    setChoice("all");
  };
  return (
    <section
      ref={root}
      class={state.phase === "live" ? "rtw-runs" : "rtw-runs rtw-runs-frozen"}
      aria-label="Runs"
      onKeyDown={(event) => move(event, root.current)}
    >
      <search class="rtw-runs-tools">
        <input
          type="search"
          class="rtw-field rtw-runs-search"
          aria-label="Search runs"
          placeholder="Search runs"
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setSaid("");
          }}
        />
        <fieldset class="rtw-runs-choices">
          <legend class="rtw-unseen">Runs shown</legend>
          {CHOICES.map(([value, label]) => {
            const count = meant.filter((run) => matchesFilter(run, value)).length;
            return (
              <button
                key={value}
                type="button"
                class={`rtw-runs-choice rtw-runs-choice-${value}`}
                aria-pressed={choice === value}
                onClick={() => setChoice(value)}
              >
                {label} <span class="rtw-runs-count">{formatNumber(count)}</span>
              </button>
            );
          })}
        </fieldset>
      </search>
      <Trouble state={state} asOf={source.asOf} retry={() => source.retry()} />
      {source.keptInMemoryBecause !== null && (
        <div class="rtw-trouble rtw-trouble-passing">
          <WarningIcon />
          <span>{memoryWords(source.keptInMemoryBecause)}</span>
        </div>
      )}
      {shown.length > 0 && (
        <ul class="rtw-runs-list">
          {shown.map((run, index) => (
            <Row
              key={run.sprint_id}
              run={run}
              now={source.now}
              isFrozen={state.phase !== "live"}
              isNotebookThere={!source.withoutNotebook.has(run.sprint_id)}
              host={host}
              onDelete={async () => {
                await source.delete(run.sprint_id);
                rowToFocus.current = index;
                setSaid(`${run.sprint_id} is deleted`);
              }}
            />
          ))}
        </ul>
      )}
      {found.length > shown.length && (
        <button type="button" class="rtw-button rtw-runs-more" onClick={() => setMost(most + ROWS)}>
          Show {formatNumber(Math.min(ROWS, found.length - most))} more of{" "}
          {formatNumber(found.length - most)}
        </button>
      )}
      {found.length === 0 && (
        <Nothing
          state={state}
          hasRuns={runs.length > 0}
          query={query.trim()}
          showAll={showAll}
          retry={() => source.retry()}
        />
      )}
      <p class="rtw-unseen" role="status">
        {said || (query && `${formatCount(found.length, "run")} found`)}
      </p>
    </section>
  );
}

interface TroubleProps {
  state: RunsState;
  asOf: number | null;
  retry: () => void;
}

/** Why what is shown may be old, or why nothing is. */
function Trouble({ state, asOf, retry }: TroubleProps): JSX.Element {
  const isWaiting = state.phase === "away" && state.retryAt !== null;
  useTicking(isWaiting, 1_000);
  return (
    <div role="status">
      {(state.phase === "away" || state.phase === "refused") && (
        <div class={`rtw-trouble${state.phase === "away" ? " rtw-trouble-passing" : ""}`}>
          <WarningIcon />
          <span>
            {state.why}
            {asOf !== null && ` What is shown is ${asOfWords(asOf)}.`}
            {/* Not said aloud each second. */}
            {state.phase === "away" && <span aria-hidden> {whenAgain(state.retryAt)}</span>}
          </span>
          <button type="button" class="rtw-button" onClick={retry}>
            Try {state.phase === "away" ? "now" : "again"}
          </button>
        </div>
      )}
    </div>
  );
}

function whenAgain(retryAt: number | null): string {
  if (retryAt === null) return "Trying again…";
  return `Trying again in ${Math.max(Math.ceil((retryAt - performance.now()) / 1000), 0)} s.`;
}

interface NothingProps {
  state: RunsState;
  hasRuns: boolean;
  query: string;
  showAll: () => void;
  retry: () => void;
}

/** What stands in place of the rows. */
function Nothing(props: NothingProps): JSX.Element | null {
  const { state, hasRuns, query, showAll, retry } = props;
  if (hasRuns) {
    return (
      <div class="rtw-empty">
        <p>{query === "" ? "No such runs" : `No run has “${query}” in it`}</p>
        <button type="button" class="rtw-button" onClick={showAll}>
          Show all runs
        </button>
      </div>
    );
  }
  if (state.phase === "loading")
    return <p class="rtw-empty rtw-runs-loading">Asking for the runs…</p>;
  if (state.phase === "not_installed") return <NotInstalled retry={retry} />;
  if (state.phase !== "live") return null;
  return (
    <div class="rtw-empty">
      <p>No runs yet</p>
      <p class="rtw-aside">
        Publish one from a cell or a script of this server, and it shows up here:
      </p>
      <pre class="rtw-runs-example">
        <code>{'from realtime_widgets import Sprint\nSprint("my-run").log("hello")'}</code>
      </pre>
    </div>
  );
}

function NotInstalled({ retry }: { retry: () => void }): JSX.Element {
  return (
    <div class="rtw-empty" role="alert">
      <p class="rtw-runs-missing">Not installed on this server</p>
      <p class="rtw-aside">
        The server extension of realtime-widgets keeps the runs. In the environment that Jupyter
        runs in, install it and switch it on, then restart the server:
      </p>
      <pre class="rtw-runs-example rtw-runs-commands">
        <code>
          {
            "pip install realtime-widgets\njupyter server extension enable realtime_widgets_server\njupyter server extension list"
          }
        </code>
      </pre>
      <p>
        <button type="button" class="rtw-button" onClick={retry}>
          Look again
        </button>
      </p>
    </div>
  );
}

/** Keys that lead through the list: arrows, `/` to search, Enter for the first that was found. */
function move(event: KeyboardEvent, root: HTMLElement | null): void {
  const { key, target } = event;
  if (!(target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
  const isSearch = target.matches(SEARCH);
  const rows = linksOf(root);
  const at = rows.findIndex((row) => row.closest("li")?.contains(target));
  let next: HTMLElement | null | undefined;
  if (key === "/" && !isSearch) next = root?.querySelector<HTMLElement>(SEARCH);
  else if (key === "ArrowDown") next = rows[at + 1];
  else if (key === "ArrowUp" && at >= 0) next = rows[at - 1] ?? root?.querySelector(SEARCH);
  else if (key === "Enter" && isSearch) rows[0]?.click();
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function linksOf(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>(ROW) ?? [])];
}
