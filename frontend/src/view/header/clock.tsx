// The times of a run in its header: how long it takes, when it was last seen, since when it has no
// publisher.

import type { JSX } from "preact";
import type { Run } from "../../model/run.js";
import { parseTime } from "../../model/values.js";
import { formatAgo, formatDuration, formatSpan } from "../../ui/format.js";
import { useTicking } from "../../ui/hooks.js";
import { goneWords } from "../../ui/words.js";

interface ElapsedProps {
  run: Run;
  clockOffset: number;
  frozenAt: number | null;
}

export function Elapsed({ run, clockOffset, frozenAt }: ElapsedProps): JSX.Element | null {
  const { startedAt } = run;
  const stoppedAt = run.stoppedAt ?? frozenAt;
  useTicking(startedAt !== null && stoppedAt === null, 1000);
  if (startedAt === null) return null;
  const words =
    stoppedAt === null
      ? formatDuration(Date.now() + clockOffset - startedAt)
      : formatSpan(stoppedAt - startedAt);
  return (
    <span class="rtw-elapsed" title={timesOf(run)}>
      {words}
    </span>
  );
}

/** When the attempt began and ended, and when something of it was last received, one a line. */
function timesOf({ attempt, startedAt, endedAt, lastSeen, lastEvent }: Run): string {
  const { timestamp } = lastEvent ?? {};
  const heard = typeof timestamp === "string" ? parseTime(timestamp) : null;
  const times: [string, number | null][] = [
    [attempt > 1 ? "Attempt began" : "Began", startedAt],
    ["Ended", endedAt],
    ["Last seen", lastSeen],
    ["Last event", heard],
  ];
  return times
    .flatMap(([words, time]) =>
      time === null ? [] : `${words} ${new Date(time).toLocaleString()}`,
    )
    .join("\n");
}

interface AgoProps {
  at: number;
  clockOffset: number;
  isFrozen: boolean;
  children: string;
}

/** How a publisher was lost, and how long ago; not the latter in a frozen view. */
export function Ago({ at, clockOffset, isFrozen, children }: AgoProps): JSX.Element {
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
export function Gone({ at, clockOffset }: { at: number; clockOffset: number }): JSX.Element {
  useTicking(true, 1000);
  return <span class="rtw-disconnected">{goneWords(at, Date.now() + clockOffset)}</span>;
}
