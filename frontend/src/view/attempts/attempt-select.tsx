// Chooses which attempt of a run its timeline, waterfall and log show.

import type { JSX } from "preact";
import type { Attempt } from "../../model/attempts.js";
import { formatNumber } from "../../ui/format.js";
import { STATUS_WORDS } from "../../ui/words.js";
import type { AttemptChoice } from "./use-attempt.js";

/** Of an attempt that the next one followed, other statuses are no ends. */
const ENDS = new Set<Attempt["status"]>(["succeeded", "failed", "cancelled", "lost"]);

export function AttemptSelect({ attempts, shown, show }: AttemptChoice): JSX.Element | null {
  const [newest] = attempts;
  if (!newest) return null;
  return (
    <select
      class="rtw-field rtw-attempts"
      aria-label="Attempts shown"
      value={shown?.attempt ?? ""}
      onChange={({ currentTarget }) => show(Number(currentTarget.value) || null)}
    >
      <option value="">{formatNumber(newest.attempt)} attempts</option>
      {attempts.map((attempt) => (
        <option key={attempt.attempt} value={attempt.attempt}>
          {attemptWords(attempt, attempt === newest)}
        </option>
      ))}
    </select>
  );
}

/** "attempt 2: Failed, 11/22/2026, 12:40:07 PM". */
function attemptWords({ attempt, status, startedAt }: Attempt, isNewest: boolean): string {
  const state = isNewest || ENDS.has(status) ? STATUS_WORDS[status] : "Not finished";
  const began = startedAt === null ? "" : `, ${new Date(startedAt).toLocaleString()}`;
  return `attempt ${formatNumber(attempt)}: ${state}${began}`;
}
