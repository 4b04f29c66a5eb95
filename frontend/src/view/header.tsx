// The first row: the run's status, its name, and the state of the connection.

import type { JSX } from "preact";
import { type ConnectionState, type Feed, frozenAt, publisherGoneAt } from "../feeds/feed.js";
import { lossWords } from "../model/remarks.js";
import type { Run } from "../model/run.js";
import { formatAgo, formatDuration, formatNumber } from "../ui/format.js";
import { useTicking } from "../ui/hooks.js";
import { StatusIcon, WarningIcon } from "../ui/icons.js";
import { asOfWords, attemptAside, connectionWords, goneWords, statusWords } from "../ui/words.js";
import { LimitsButton } from "./limits.js";

interface HeaderProps {
  feed: Feed;
  sprintId: string;
  /** Whether the log shows only remarks. */
  showsRemarks: boolean;
  onShowRemarks: (isOn: boolean) => void;
  /** Whether the limits of the transport are shown. */
  showsLimits: boolean;
  onShowLimits: (isOn: boolean) => void;
}

export function Header(props: HeaderProps): JSX.Element {
  const { feed, sprintId, showsRemarks, onShowRemarks, showsLimits, onShowLimits } = props;
  const { run, state, clockOffset, asOf } = feed;
  const frozen = frozenAt(feed);
  const isFrozen = frozen !== null;
  const goneAt = publisherGoneAt(feed);
  const attempt = attemptAside(run);
  return (
    <header class="rtw-header">
      {!run.isEmpty && (
        <span class={`rtw-badge rtw-status-${run.status}${isFrozen ? " rtw-badge-frozen" : ""}`}>
          <StatusIcon status={run.status} isStatic={isFrozen} />
          {statusWords(run)}
        </span>
      )}
      <span class="rtw-name" title={sprintId}>
        {sprintId}
      </span>
      {attempt && <span class="rtw-attempt">{attempt}</span>}
      {state.phase !== "catching_up" && (
        <Elapsed run={run} clockOffset={clockOffset} frozenAt={frozen} />
      )}
      {run.lastSeen !== null && (
        <Ago at={run.lastSeen} clockOffset={clockOffset} isFrozen={isFrozen}>
          {lossWords(run)}
        </Ago>
      )}
      {goneAt !== null && <Gone at={goneAt} clockOffset={clockOffset} />}
      {asOf !== null && !run.isEmpty && (
        <span class="rtw-as-of" title={`Last connected ${new Date(asOf).toLocaleString()}`}>
          {asOfWords(asOf)}
        </span>
      )}
      {run.counts.lost > 0 && (
        <LostEvents count={run.counts.lost} showsRemarks={showsRemarks} onToggle={onShowRemarks} />
      )}
      <span class="rtw-header-end">
        <ConnectionStatus state={state} retry={feed.retry.bind(feed)} />
        {feed.limits && <LimitsButton isOpen={showsLimits} onToggle={onShowLimits} />}
      </span>
    </header>
  );
}

interface LostEventsProps {
  count: number;
  showsRemarks: boolean;
  onToggle: (isOn: boolean) => void;
}

/** The number of lost events; a click filters the log for where they are missing. */
function LostEvents({ count, showsRemarks, onToggle }: LostEventsProps): JSX.Element {
  return (
    <button
      type="button"
      class="rtw-lost"
      title={showsRemarks ? "Show the whole log" : "Show where events are missing"}
      aria-label={`${formatNumber(count)} lost events, show where`}
      aria-pressed={showsRemarks}
      onClick={() => onToggle(!showsRemarks)}
    >
      <WarningIcon />
      {formatNumber(count)} lost
    </button>
  );
}

interface ElapsedProps {
  run: Run;
  clockOffset: number;
  frozenAt: number | null;
}

function Elapsed({ run, clockOffset, frozenAt: frozen }: ElapsedProps): JSX.Element | null {
  const { startedAt, lastSeen, attempt } = run;
  const stoppedAt = run.stoppedAt ?? frozen;
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

interface AgoProps {
  at: number;
  clockOffset: number;
  isFrozen: boolean;
  children: string;
}

/** How a publisher was lost, and how long ago; not the latter in a frozen view. */
function Ago({ at, clockOffset, isFrozen, children }: AgoProps): JSX.Element {
  useTicking(!isFrozen, 1000);
  const ago = isFrozen ? "" : ` (${formatAgo(Date.now() + clockOffset - at)})`;
  return (
    <span class="rtw-last-seen">
      {children}
      {ago}
    </span>
  );
}

/** Since when no publisher is connected; the run may continue without a connection. */
function Gone({ at, clockOffset }: { at: number; clockOffset: number }): JSX.Element {
  useTicking(true, 1000);
  return <span class="rtw-disconnected">{goneWords(at, Date.now() + clockOffset)}</span>;
}

function ConnectionStatus(props: { state: ConnectionState; retry: () => void }): JSX.Element {
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
