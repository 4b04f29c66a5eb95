// Times of several things: the union of their intervals, and the sum of their delays.
//
// As `protocol/agents/stopwatch.py` has them, in seconds.

import type { Delays, Stopwatch } from "../../protocol/messages.gen.js";

export function stopped(): Stopwatch {
  return { total: null, since: null, open: 0 };
}

export function begin(watch: Stopwatch, time: number): void {
  if (watch.open === 0) watch.since = time;
  watch.open += 1;
}

/** A thing ends; without a time the interval is not counted. */
export function end(watch: Stopwatch, time: number | null): void {
  watch.open -= 1;
  if (watch.open > 0) return;
  const { since } = watch;
  watch.since = null;
  if (time !== null && since !== null) {
    watch.total = (watch.total ?? 0) + Math.max(time - since, 0);
  }
}

export function addDelay(delays: Delays, seconds: number): void {
  delays.count = Math.min(delays.count + 1, Number.MAX_SAFE_INTEGER);
  delays.total += seconds;
}
