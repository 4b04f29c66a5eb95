// How long to wait before the next attempt to connect.
//
// Full jitter: anything up to a bound that doubles from 1 s to 20 s (protocol 7). The whole range is
// drawn from, so that the pages of a server that restarts come back spread. No wait is longer than
// the outage so far: some quick failures make no long one. The rules are those of
// `realtime_widgets/backoff.py`; `tests/vectors/backoff.json` holds both to them.

const FIRST = 1_000;
const MAX_WAIT = 20_000;

export class Backoff {
  #bound = FIRST;
  #brokenSince: number | null = null;

  /** The wait after a failure at `now`, in milliseconds; `random` is from 0 to 1. */
  nextWait(now: number, random: number): number {
    this.#brokenSince ??= now;
    const outage = Math.max(now - this.#brokenSince, FIRST);
    const wait = random * Math.min(this.#bound, outage);
    this.#bound = Math.min(2 * this.#bound, MAX_WAIT);
    return wait;
  }

  /** Start from 1 s: the connection has brought something new. */
  reset(): void {
    this.#bound = FIRST;
    this.#brokenSince = null;
  }
}
