// The list of runs: search and filters, rows, and a placeholder where there are no rows.

import type { JSX, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RunState } from "../protocol/messages.gen.js";
import { formatCount, formatNumber } from "../ui/format.js";
import { useTicking } from "../ui/hooks.js";
import { WarningIcon } from "../ui/icons.js";
import { asOfWords, memoryWords } from "../ui/words.js";
import type { RunsHost } from "./host.js";
import { isActive, matchesFilter, matchesQuery, type StatusFilter, sortRuns } from "./list.js";
import { Placeholder } from "./placeholder.js";
import { Row } from "./row.js";
import type { RunsState, Runs as Source } from "./source.js";

/** Rows drawn at first, and added by each click on the button for more. */
const PAGE = 100;

const FILTERS: readonly [StatusFilter, string][] = [
  ["all", "All"],
  ["running", "Running"],
  ["failed", "Failed"],
];

const ROW = ".rtw-run-open";
const SEARCH = ".rtw-runs-search";

export function Runs({ source, host }: { source: Source; host: RunsHost }): JSX.Element {
  const { state, runs } = source;
  const search = useSearch(runs);
  const { query, found } = search;
  const [announcement, setAnnouncement] = useState("");
  const root = useRef<HTMLElement>(null);
  const removedRow = useRef<number | null>(null);
  // Without an active run only ages in minutes change.
  useTicking(state.phase === "live", runs.some(isActive) ? 1_000 : 10_000);

  useLayoutEffect(() => focusNeighbour(root.current, removedRow));

  return (
    <section
      ref={root}
      class={state.phase === "live" ? "rtw-runs" : "rtw-runs rtw-runs-frozen"}
      aria-label="Runs"
      onKeyDown={(event) => navigate(event, root.current)}
    >
      <Tools search={search} onQuery={() => setAnnouncement("")} />
      <ConnectionWarning state={state} asOf={source.asOf} retry={() => source.retry()} />
      <MemoryWarning because={source.keptInMemoryBecause} />
      <Rows
        runs={found}
        source={source}
        host={host}
        onDeleted={(sprintId, index) => {
          removedRow.current = index;
          setAnnouncement(`${sprintId} is deleted`);
        }}
      />
      {found.length === 0 && (
        <Placeholder source={source} query={query.trim()} showAll={search.clear} />
      )}
      <p class="rtw-visually-hidden" role="status">
        {announcement || (query && `${formatCount(found.length, "run")} found`)}
      </p>
    </section>
  );
}

interface Search {
  query: string;
  setQuery: (query: string) => void;
  filter: StatusFilter;
  setFilter: (filter: StatusFilter) => void;
  /** Remove the query and the filter. */
  clear: () => void;
  /** The runs that match the query. */
  matching: RunState[];
  /** Those of them that match the filter, sorted. */
  found: RunState[];
}

function useSearch(runs: readonly RunState[]): Search {
  const [query, setQuery] = useState("");
  const [filter, setFilter] = useState<StatusFilter>("all");
  const matching = runs.filter((run) => matchesQuery(run, query.trim()));
  const found = sortRuns(matching.filter((run) => matchesFilter(run, filter)));
  const clear = () => {
    setQuery("");
    setFilter("all");
  };
  return { query, setQuery, filter, setFilter, clear, matching, found };
}

interface ToolsProps {
  search: Search;
  /** Called when the query changes. */
  onQuery: () => void;
}

function Tools({ search, onQuery }: ToolsProps): JSX.Element {
  const { query, setQuery, filter, setFilter, matching } = search;
  return (
    <search class="rtw-runs-tools">
      <input
        type="search"
        class="rtw-field rtw-runs-search"
        aria-label="Search runs"
        placeholder="Search runs"
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          onQuery();
        }}
      />
      <fieldset class="rtw-runs-choices">
        <legend class="rtw-visually-hidden">Runs shown</legend>
        {FILTERS.map(([value, label]) => {
          const count = matching.filter((run) => matchesFilter(run, value)).length;
          return (
            <button
              key={value}
              type="button"
              class={`rtw-runs-choice rtw-runs-choice-${value}`}
              aria-pressed={filter === value}
              onClick={() => setFilter(value)}
            >
              {label} <span class="rtw-runs-count">{formatNumber(count)}</span>
            </button>
          );
        })}
      </fieldset>
    </search>
  );
}

interface RowsProps {
  /** The runs found, sorted. */
  runs: readonly RunState[];
  source: Source;
  host: RunsHost;
  onDeleted: (sprintId: string, index: number) => void;
}

/** The first runs, and a button for more. */
function Rows({ runs, source, host, onDeleted }: RowsProps): JSX.Element {
  const [most, setMost] = useState(PAGE);
  const left = runs.length - most;
  return (
    <>
      {runs.length > 0 && (
        <ul class="rtw-runs-list">
          {runs.slice(0, most).map((run, index) => (
            <Row
              key={run.sprint_id}
              run={run}
              now={source.now}
              isFrozen={source.state.phase !== "live"}
              hasNotebook={!source.withoutNotebook.has(run.sprint_id)}
              host={host}
              onDelete={async () => {
                await source.delete(run.sprint_id);
                onDeleted(run.sprint_id, index);
              }}
            />
          ))}
        </ul>
      )}
      {left > 0 && (
        <button type="button" class="rtw-button rtw-runs-more" onClick={() => setMost(most + PAGE)}>
          Show {formatNumber(Math.min(PAGE, left))} more of {formatNumber(left)}
        </button>
      )}
    </>
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

/** A warning that runs are lost when the server stops. */
function MemoryWarning({ because }: { because: string | null }): JSX.Element | null {
  if (because === null) return null;
  return (
    <div class="rtw-banner rtw-banner-temporary">
      <WarningIcon />
      <span>{memoryWords(because)}</span>
    </div>
  );
}

function retryWords(retryAt: number | null): string {
  if (retryAt === null) return "Trying again…";
  return `Trying again in ${Math.max(Math.ceil((retryAt - performance.now()) / 1000), 0)} s.`;
}

/** Where the row at an index was removed, focus its neighbour. */
function focusNeighbour(root: HTMLElement | null, removed: RefObject<number | null>): void {
  if (removed.current === null) return;
  const rows = linksOf(root);
  const next = rows[Math.min(removed.current, rows.length - 1)];
  (next ?? root?.querySelector<HTMLElement>(SEARCH))?.focus();
  removed.current = null;
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
