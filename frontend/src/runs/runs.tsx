// The list of runs: search and filters, rows, and a placeholder where there are no rows.

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatCount, formatNumber } from "../ui/format.js";
import { useTicking } from "../ui/hooks.js";
import { WarningIcon } from "../ui/icons.js";
import { asOfWords, memoryWords } from "../ui/words.js";
import type { RunsHost } from "./host.js";
import { isActive, matchesFilter, matchesQuery, type StatusFilter, sortRuns } from "./list.js";
import { Row } from "./row.js";
import type { RunsState, Runs as Source } from "./source.js";

/** Rows drawn at first, and added by each click on the button for more. */
const PAGE = 100;

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
  const [most, setMost] = useState(PAGE);
  const [announcement, setAnnouncement] = useState("");
  const root = useRef<HTMLElement>(null);
  const rowToFocus = useRef<number | null>(null);
  // Without an active run only ages in minutes change.
  useTicking(state.phase === "live", runs.some(isActive) ? 1_000 : 10_000);

  const matching = runs.filter((run) => matchesQuery(run, query.trim()));
  const found = sortRuns(matching.filter((run) => matchesFilter(run, choice)));
  const shown = found.slice(0, most);

  useLayoutEffect(() => {
    // The focused row was removed: focus its neighbour.
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
      onKeyDown={(event) => navigate(event, root.current)}
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
            setAnnouncement("");
          }}
        />
        <fieldset class="rtw-runs-choices">
          <legend class="rtw-visually-hidden">Runs shown</legend>
          {CHOICES.map(([value, label]) => {
            const count = matching.filter((run) => matchesFilter(run, value)).length;
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
      <ConnectionWarning state={state} asOf={source.asOf} retry={() => source.retry()} />
      {source.keptInMemoryBecause !== null && (
        <div class="rtw-banner rtw-banner-temporary">
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
              hasNotebook={!source.withoutNotebook.has(run.sprint_id)}
              host={host}
              onDelete={async () => {
                await source.delete(run.sprint_id);
                rowToFocus.current = index;
                setAnnouncement(`${run.sprint_id} is deleted`);
              }}
            />
          ))}
        </ul>
      )}
      {found.length > shown.length && (
        <button type="button" class="rtw-button rtw-runs-more" onClick={() => setMost(most + PAGE)}>
          Show {formatNumber(Math.min(PAGE, found.length - most))} more of{" "}
          {formatNumber(found.length - most)}
        </button>
      )}
      {found.length === 0 && (
        <Placeholder
          state={state}
          hasRuns={runs.length > 0}
          query={query.trim()}
          showAll={showAll}
          retry={() => source.retry()}
        />
      )}
      <p class="rtw-visually-hidden" role="status">
        {announcement || (query && `${formatCount(found.length, "run")} found`)}
      </p>
    </section>
  );
}

interface WarningProps {
  state: RunsState;
  asOf: number | null;
  retry: () => void;
}

/** Why the list is out of date, or empty. */
function ConnectionWarning({ state, asOf, retry }: WarningProps): JSX.Element {
  const isWaiting = state.phase === "unreachable" && state.retryAt !== null;
  useTicking(isWaiting, 1_000);
  return (
    <div role="status">
      {(state.phase === "unreachable" || state.phase === "refused") && (
        <div class={`rtw-banner${state.phase === "unreachable" ? " rtw-banner-temporary" : ""}`}>
          <WarningIcon />
          <span>
            {state.why}
            {asOf !== null && ` What is shown is ${asOfWords(asOf)}.`}
            {/* Hidden from screen readers, which would read it each second. */}
            {state.phase === "unreachable" && <span aria-hidden> {retryWords(state.retryAt)}</span>}
          </span>
          <button type="button" class="rtw-button" onClick={retry}>
            Try {state.phase === "unreachable" ? "now" : "again"}
          </button>
        </div>
      )}
    </div>
  );
}

function retryWords(retryAt: number | null): string {
  if (retryAt === null) return "Trying again…";
  return `Trying again in ${Math.max(Math.ceil((retryAt - performance.now()) / 1000), 0)} s.`;
}

interface PlaceholderProps {
  state: RunsState;
  hasRuns: boolean;
  query: string;
  showAll: () => void;
  retry: () => void;
}

/** Shown in place of the rows. */
function Placeholder(props: PlaceholderProps): JSX.Element | null {
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
  if (state.phase === "loading") return <p class="rtw-empty rtw-runs-loading">Loading the runs…</p>;
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

/** Keyboard navigation: arrows between rows, `/` to search, Enter to open the first match. */
function navigate(event: KeyboardEvent, root: HTMLElement | null): void {
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
