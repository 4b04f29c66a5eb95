// The rate of a task, from the times and amounts of its reports.
//
// The times are those of the publisher. It does not matter when reports arrive: one by one, all at
// once after a reload, or late because the page was hidden.

/** The rate is that of the last so many milliseconds. */
const WINDOW = 30_000;

/** No rate before so many milliseconds have passed. */
const RATE_AFTER = 2_000;

/** Reports closer together than this are merged, so that a tight loop needs no more memory. */
const RESOLUTION = 1_000;

/** A step back in time beyond this comes from another clock, or a clock that was set. */
const SKEW = 2_000;

interface Report {
  amount: number;
  /** Milliseconds since 1970. */
  time: number;
}

export class Pace {
  /** Oldest first: those of the last half minute, and the one before for interpolation. */
  #reports: Report[] = [];

  /** Add a report; one without a time resets the measurement. */
  add(amount: number, time: number | null): void {
    const newest = this.#reports.at(-1);
    if (time === null || (newest && this.#isRestart(amount, time, newest))) this.#reports = [];
    if (time === null) return;
    // Several processes may report one task, slightly out of order.
    this.#push({ amount, time: Math.max(time, this.#reports.at(-1)?.time ?? time) });
  }

  /** Amount per second; null where that is not known, or zero. */
  get perSecond(): number | null {
    const [oldest, second] = this.#reports;
    const newest = this.#reports.at(-1);
    if (!oldest || !second || !newest || newest.time - oldest.time < RATE_AFTER) return null;
    const start = Math.max(oldest.time, newest.time - WINDOW);
    const done = newest.amount - amountAt(start, oldest, second);
    return done > 0 ? (done / (newest.time - start)) * 1000 : null;
  }

  #push(report: Report): void {
    const before = this.#reports.at(-2);
    if (before && report.time - before.time < RESOLUTION) this.#reports.pop();
    this.#reports.push(report);
    while ((this.#reports[1]?.time ?? report.time) < report.time - WINDOW) this.#reports.shift();
  }

  /**
   * Whether the task has restarted: more than half of the progress is gone. A smaller step back is
   * a correction, or the report of a slower process.
   */
  #isRestart(amount: number, time: number, newest: Report): boolean {
    const oldest = this.#reports[0] ?? newest;
    const fallsBack = amount < newest.amount && amount <= (oldest.amount + newest.amount) / 2;
    return fallsBack || time < newest.time - SKEW;
  }
}

/** The amount at a time between two reports, by linear interpolation. */
function amountAt(time: number, before: Report, after: Report): number {
  if (time <= before.time) return before.amount;
  const share = (time - before.time) / (after.time - before.time);
  return before.amount + share * (after.amount - before.amount);
}
