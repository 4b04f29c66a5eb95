// How fast a task goes, from the times and amounts of its reports.
//
// The times are those at which the reports were made. It does not matter when they arrive: one by
// one, all at once after a reload, or late because the page was hidden.

/** Milliseconds that the rate looks back. */
const WINDOW = 30_000;

/** A rate from less time than this is a guess. */
const RATE_AFTER = 2_000;

/** Reports closer together than this are kept as one, so that a tight loop needs no more room. */
const RESOLUTION = 1_000;

/** Further back than this, times are those of another clock, or of one that was set. */
const SKEW = 2_000;

interface Report {
  amount: number;
  /** Milliseconds since 1970. */
  time: number;
}

export class Pace {
  /** Oldest first: those of the last half minute, and the one before, for what was done between. */
  #reports: Report[] = [];

  /** Take a report; one without a time leaves nothing to measure from. */
  add(amount: number, time: number | null): void {
    const newest = this.#reports.at(-1);
    if (time === null || (newest && this.#beginsAnew(amount, time, newest))) this.#reports = [];
    if (time === null) return;
    // Of several processes that report one task, one may come with the time of a moment ago.
    this.#push({ amount, time: Math.max(time, this.#reports.at(-1)?.time ?? time) });
  }

  /** How much is done in a second; null where that is not known, or nothing was done. */
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
   * Whether the task begins again, so that more than half of what was done is gone. A smaller step
   * back is a correction, or the report of a slower process.
   */
  #beginsAnew(amount: number, time: number, newest: Report): boolean {
    const oldest = this.#reports[0] ?? newest;
    const fallsBack = amount < newest.amount && amount <= (oldest.amount + newest.amount) / 2;
    return fallsBack || time < newest.time - SKEW;
  }
}

/** What was done at a time between two reports, if the task went steadily from one to the other. */
function amountAt(time: number, before: Report, after: Report): number {
  if (time <= before.time) return before.amount;
  const share = (time - before.time) / (after.time - before.time);
  return before.amount + share * (after.amount - before.amount);
}
