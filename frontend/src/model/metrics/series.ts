// The curve of one metric, in at most `limit` buckets. When they are full, neighbours are joined:
// so it takes the same memory however many points there are.
//
// Buckets are in the order of their first steps. A point whose step lies before the newest one is
// put where it belongs, so steps may go backwards and repeat. The Python side has the same rules in
// protocol/metrics/series.py, and tests/vectors/series.json holds both to them.

export const MAX_BUCKETS = 2_000;

/** The columns of a series: one item for each bucket. */
export interface Buckets {
  /** How many points a bucket takes before the next one begins. */
  width: number;
  /** The step of the first point. */
  steps: number[];
  /** When the first point was made, in seconds since 1970; null where that is unknown. */
  times: (number | null)[];
  mins: number[];
  maxs: number[];
  sums: number[];
  counts: number[];
}

export class Series implements Buckets {
  width = 1;
  steps: number[] = [];
  times: (number | null)[] = [];
  mins: number[] = [];
  maxs: number[] = [];
  sums: number[] = [];
  counts: number[] = [];
  readonly #limit: number;

  constructor(limit = MAX_BUCKETS) {
    this.#limit = limit;
  }

  /** A series that continues from these buckets. */
  static from(buckets: Buckets): Series {
    const series = new Series();
    const { width, steps, times, mins, maxs, sums, counts } = buckets;
    return Object.assign(series, { width, steps, times, mins, maxs, sums, counts });
  }

  get length(): number {
    return this.steps.length;
  }

  /** The mean of a bucket. */
  mean(index: number): number {
    return (this.sums[index] ?? 0) / (this.counts[index] ?? 1);
  }

  /** Add a finite value. */
  add(step: number, value: number, time: number | null): void {
    const before = this.indexOf(step);
    const at = Math.max(before, 0);
    const isFull = (this.counts[at] ?? this.width) >= this.width;
    const isInside = before >= 0 && before < this.length - 1;
    if (isFull && (this.width === 1 || !isInside)) this.#insert(before + 1, step, value, time);
    else this.#join(at, step, value, time);
    if (this.length > this.#limit) this.halve();
  }

  /** The bucket of a step: the last one that begins at it or before; -1 where none does. */
  indexOf(step: number): number {
    let [low, high] = [0, this.length];
    if (step >= (this.steps[high - 1] ?? Number.POSITIVE_INFINITY)) return high - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.steps[middle] ?? 0) <= step) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Join neighbours. */
  halve(): void {
    const { steps, times, mins, maxs, sums, counts } = this;
    const half = Math.ceil(this.length / 2);
    for (let index = 0; index < half; index += 1) {
      const [first, second] = [2 * index, 2 * index + 1];
      steps[index] = steps[first] ?? 0;
      times[index] = times[first] ?? null;
      mins[index] = Math.min(mins[first] ?? 0, mins[second] ?? Number.POSITIVE_INFINITY);
      maxs[index] = Math.max(maxs[first] ?? 0, maxs[second] ?? Number.NEGATIVE_INFINITY);
      sums[index] = total(sums[first] ?? 0, sums[second] ?? 0);
      counts[index] = (counts[first] ?? 0) + (counts[second] ?? 0);
    }
    for (const column of [steps, times, mins, maxs, sums, counts]) column.length = half;
    this.width *= 2;
  }

  #insert(index: number, step: number, value: number, time: number | null): void {
    this.steps.splice(index, 0, step);
    this.times.splice(index, 0, time);
    for (const column of [this.mins, this.maxs, this.sums]) column.splice(index, 0, value);
    this.counts.splice(index, 0, 1);
  }

  #join(index: number, step: number, value: number, time: number | null): void {
    if (step < (this.steps[index] ?? 0)) {
      this.steps[index] = step;
      this.times[index] = time;
    }
    this.mins[index] = Math.min(this.mins[index] ?? value, value);
    this.maxs[index] = Math.max(this.maxs[index] ?? value, value);
    this.sums[index] = total(this.sums[index] ?? 0, value);
    this.counts[index] = (this.counts[index] ?? 0) + 1;
  }
}

/** A sum, at most the largest finite number. */
function total(sum: number, value: number): number {
  return Math.min(Math.max(sum + value, -Number.MAX_VALUE), Number.MAX_VALUE);
}
