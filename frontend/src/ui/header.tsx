// The first row: what the run is doing, which run it is, and whether the view is live.

import type { JSX } from "preact";
import type { Run } from "../protocol/run.js";
import type { ConnectionState, Feed } from "../source.js";
import { formatDuration, formatNumber } from "./format.js";
import { useTicking } from "./hooks.js";
import { StatusIcon, WarningIcon } from "./icons.js";
import { LimitsButton } from "./limits.js";
import { attemptAside, connectionWords, lastSeenWords, statusWords } from "./words.js";

interface HeaderProps {
  feed: Feed;
  sprintId: string;
  /** Whether the log shows only its gaps and notes. */
  showsRemarks: boolean;
  onShowRemarks: (isOn: boolean) => void;
  /** Whether the words about the link are shown, where there are some. */
  showsLimits: boolean;
  onShowLimits: (isOn: boolean) => void;
}

export function Header(props: HeaderProps): JSX.Element {
  const { feed, sprintId, showsRemarks, onShowRemarks, showsLimits, onShowLimits } = props;
  const { run, state } = feed;
  const attempt = attemptAside(run);
  return (
    <header class="rtw-header">
      {!run.isEmpty && (
        <span class={`rtw-badge rtw-status-${run.status}`}>
          <StatusIcon status={run.status} />
          {statusWords(run)}
        </span>
      )}
      <span class="rtw-name" title={sprintId}>
        {sprintId}
      </span>
      {attempt && <span class="rtw-attempt">{attempt}</span>}
      {state.phase !== "catching_up" && <Elapsed run={run} clockOffset={feed.clockOffset} />}
      {run.lastSeen !== null && <Seen at={run.lastSeen} clockOffset={feed.clockOffset} />}
      {run.lostEvents > 0 && (
        <button
          type="button"
          class="rtw-lost"
          title={showsRemarks ? "Show the whole log" : "Show where events are missing"}
          aria-label={`${formatNumber(run.lostEvents)} lost events, show where`}
          aria-pressed={showsRemarks}
          onClick={() => onShowRemarks(!showsRemarks)}
        >
          <WarningIcon />
          {formatNumber(run.lostEvents)} lost
        </button>
      )}
      <Connection state={state} retry={feed.retry.bind(feed)} />
      {feed.limits && <LimitsButton isOpen={showsLimits} onToggle={onShowLimits} />}
    </header>
  );
}

function Elapsed({ run, clockOffset }: { run: Run; clockOffset: number }): JSX.Element | null {
  const { startedAt, stoppedAt, lastSeen, attempt } = run;
  useTicking(startedAt !== null && stoppedAt === null, 1000);
  if (startedAt === null) return null;
  const end = stoppedAt ?? Date.now() + clockOffset;
  const began = attempt > 1 ? "this attempt began" : "the run began";
  return (
    <span
      class="rtw-elapsed"
      title={
        lastSeen === null
          ? `Time since ${began}`
          : `Time from when ${began} to when it was last seen`
      }
    >
      {formatDuration(end - startedAt)}
    </span>
  );
}

/** When a lost publisher was last heard. */
function Seen({ at, clockOffset }: { at: number; clockOffset: number }): JSX.Element {
  useTicking(true, 1000);
  return <span class="rtw-seen">{lastSeenWords(at, Date.now() + clockOffset)}</span>;
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
