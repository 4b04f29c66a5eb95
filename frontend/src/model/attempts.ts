// The attempts of a run, each with the events that belong to it.

import type { RunState } from "../protocol/messages.gen.js";
import type { Run } from "./run.js";
import { parseTime } from "./values.js";

/** Consecutive events of a log. */
export interface EventRange {
  /** Number of the first event. */
  first: number;
  /** Number of the last event; infinite where further ones follow. */
  last: number;
}

export interface Attempt extends EventRange {
  attempt: number;
  /** Its last status. */
  status: RunState["status"];
  /** Milliseconds since 1970. */
  startedAt: number | null;
}

/** The attempts that are known, the newest first; none where there is only one. */
export function attemptsOf({
  attempt,
  began,
  status,
  startedAt,
  past,
  isComplete,
}: Run): Attempt[] {
  if (attempt < 2 || !isComplete) return [];
  const newest: Attempt = { attempt, first: began, last: Infinity, status, startedAt };
  const attempts = [newest];
  for (const each of past.toReversed()) {
    const last = (attempts.at(-1)?.first ?? began) - 1;
    // What comes before the first `running` belongs to the first attempt.
    const first = each.attempt === 1 ? 1 : each.began;
    const { status: end, started } = each;
    attempts.push({
      attempt: each.attempt,
      first,
      last,
      status: end,
      startedAt: parseTime(started),
    });
  }
  return attempts;
}

export function isWithin(seq: number, range: EventRange | null): boolean {
  return range === null || (range.first <= seq && seq <= range.last);
}
