// For how long at least one of several things was going on: the union of their intervals.

import type { TimelineNode } from "./node.js";

export class Stopwatch {
  readonly #open = new Set<TimelineNode>();
  #since = 0;
  #total = 0;
  #hasMeasured = false;

  /** Milliseconds of the intervals that have ended; null where none has. */
  get total(): number | null {
    return this.#hasMeasured ? this.#total : null;
  }

  /** Since when something has been going on, in milliseconds since 1970; null where nothing is. */
  get since(): number | null {
    return this.#open.size > 0 ? this.#since : null;
  }

  begin(node: TimelineNode, time: number | null): void {
    if (time === null) return;
    if (this.#open.size === 0) this.#since = time;
    this.#open.add(node);
  }

  /** A thing is over; without a time the interval is not counted. */
  end(node: TimelineNode, time: number | null): void {
    if (!this.#open.delete(node) || this.#open.size > 0 || time === null) return;
    this.#total += Math.max(time - this.#since, 0);
    this.#hasMeasured = true;
  }

  /** Events are missing: it is not known when what is open ended. */
  breakOff(): void {
    this.#open.clear();
  }
}
