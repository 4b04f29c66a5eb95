// The list of runs: the bar, the rows, and a placeholder where there are no rows.

import type { JSX, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatCount } from "../ui/format.js";
import { useTicking } from "../ui/hooks.js";
import { WarningIcon } from "../ui/icons.js";
import { asOfWords, memoryWords } from "../ui/words.js";
import { BulkBar } from "./bulk-bar.js";
import type { RunsHost } from "./host.js";
import { Placeholder } from "./placeholder.js";
import { RunRows } from "./rows.js";
import { type Search, useSearch } from "./search.js";
import type { RunsState, Runs as Source } from "./source.js";
import { Tools } from "./tools.js";
import { type Chosen, useChosen } from "./use-chosen.js";

/** What of a row has the focus: the link to the run, or the box that chooses it. */
const ROW = ".rtw-run-open:not(label), .rtw-run-check";
const SEARCH = ".rtw-runs-search";

export function Runs({ source, host }: { source: Source; host: RunsHost }): JSX.Element {
  const { state } = source;
  const search = useSearch(source);
  const { query, found, counts } = search;
  const chosen = useChosen(found);
  const [announcement, setAnnouncement] = useState("");
  const root = useRef<HTMLElement>(null);
  const removedRow = useRef<number | null>(null);
  // Where no active run is found, only ages in minutes change.
  useTicking(state.phase === "live", counts.running + counts.waiting > 0 ? 1_000 : 10_000);

  useLayoutEffect(() => focusNeighbour(root.current, removedRow));

  return (
    <section
      ref={root}
      class={state.phase === "live" ? "rtw-runs" : "rtw-runs rtw-runs-frozen"}
      aria-label="Runs"
      onKeyDown={(event) => navigate(event, root.current)}
    >
      <Head {...{ source, host, search, chosen }} onQuery={() => setAnnouncement("")} />
      <ConnectionWarning state={state} asOf={source.asOf} retry={() => source.retry()} />
      <MemoryWarning because={source.keptInMemoryBecause} />
      <RunRows
        runs={found}
        order={search.order}
        metrics={search.columns.chosen}
        {...{ source, host, chosen }}
        onDeleted={(sprintId) => {
          removedRow.current = found.findIndex((run) => run.sprint_id === sprintId);
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

interface HeadProps {
  source: Source;
  host: RunsHost;
  search: Search;
  chosen: Chosen;
  onQuery: () => void;
}

/** What stays above the rows: search and filters, and the commands on the chosen runs. */
function Head({ source, host, search, chosen, onQuery }: HeadProps): JSX.Element {
  const onChoose = chosen.runs === null ? chosen.begin : null;
  return (
    <div class="rtw-runs-head">
      <Tools {...{ search, onQuery, onChoose }} hasNotices={host.givesNotices === true} />
      <BulkBar
        {...{ chosen, host }}
        shown={search.found}
        onDelete={(sprintId) => source.delete(sprintId)}
      />
    </div>
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
