// Earlier events of agents, which a view that joined at the end loads: the first ones without a
// click where there are few nodes.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { History } from "../../feeds/feed.js";
import type { Run } from "../../model/run.js";
import { useLoading } from "../log/use-loading.js";

/** Nodes below which earlier ones are loaded without a click, and most pages of that. */
const FEW_NODES = 20;
const MAX_UNREQUESTED_PAGES = 3;

interface EarlierProps {
  /** Load earlier messages; null where there are none, or they cannot be loaded. */
  load: (() => void) | null;
  isLoading: boolean;
  failure: string | null;
}

export function Earlier({ load, isLoading, failure }: EarlierProps): JSX.Element | null {
  if (load === null) return null;
  return (
    <p class="rtw-aside">
      {failure !== null && <span>{failure} </span>}
      {isLoading ? (
        <span>Loading earlier messages…</span>
      ) : (
        <button type="button" class="rtw-button" onClick={load}>
          Load earlier messages
        </button>
      )}
    </p>
  );
}

export function useEarlier(run: Run, history: History | null): EarlierProps {
  const [requested, setRequested] = useState<number | null>(null);
  const pages = useRef(0);
  const older = history === null ? null : run.olderThanTimeline;
  const hasFew = run.timeline.nodes.length < FEW_NODES && pages.current < MAX_UNREQUESTED_PAGES;
  const wanted = older !== null && (older === requested || hasFew) ? older : null;
  const failure = history?.failure ?? null;
  useEffect(() => {
    if (wanted !== null) pages.current += 1;
  }, [wanted]);
  useLoading(history, wanted);
  const load = () => {
    setRequested(older);
    history?.retry();
  };
  return {
    load: older === null ? null : load,
    isLoading: wanted !== null && failure === null,
    failure: wanted === null ? null : failure,
  };
}
