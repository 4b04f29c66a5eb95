// The first row: what the run is doing, which run it is, and whether the view is live.

import type { JSX } from "preact";
import type { Run } from "../protocol/run.js";
import type { ConnectionState, Feed } from "../source.js";
import { formatDuration } from "./format.js";
import { useTicking } from "./hooks.js";
import { StatusIcon } from "./icons.js";
import { connectionWords, STATUS_WORDS } from "./words.js";

export function Header({ feed, sprintId }: { feed: Feed; sprintId: string }): JSX.Element {
  const { run, state } = feed;
  return (
    <header class="rtw-header">
      {!run.isEmpty && (
        <span class={`rtw-badge rtw-status-${run.status}`}>
          <StatusIcon status={run.status} />
          {STATUS_WORDS[run.status]}
        </span>
      )}
      <span class="rtw-name" title={sprintId}>
        {sprintId}
      </span>
      <Elapsed run={run} clockOffset={feed.clockOffset} />
      <Connection state={state} retry={feed.retry.bind(feed)} />
    </header>
  );
}

function Elapsed({ run, clockOffset }: { run: Run; clockOffset: number }): JSX.Element | null {
  useTicking(run.startedAt !== null && run.endedAt === null, 1000);
  if (run.startedAt === null) return null;
  const end = run.endedAt ?? Date.now() + clockOffset;
  return (
    <span class="rtw-elapsed" title="Time since the run began">
      {formatDuration(end - run.startedAt)}
    </span>
  );
}

function Connection(props: { state: ConnectionState; retry: () => void }): JSX.Element {
  const { state, retry } = props;
  const isWaiting = state.phase === "reconnecting" && state.retryAt !== null;
  useTicking(isWaiting, 250);
  return (
    <span class={`rtw-connection rtw-phase-${state.phase}`}>
      {state.phase === "reconnecting" && <span class="rtw-why">{state.why}</span>}
      <span class="rtw-dot" />
      <span class="rtw-phase">{connectionWords(state, performance.now())}</span>
      {isWaiting && (
        <button type="button" class="rtw-button" onClick={retry}>
          Retry now
        </button>
      )}
    </span>
  );
}
