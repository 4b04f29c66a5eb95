// The metrics of one attempt of a run.
//
// After a state of the server their curves lack the points before it. They are loaded when a view
// shows them, as of another event; the events that come meanwhile are kept, and are added to what
// was loaded where they are newer.

import type { MetricState, Metrics } from "../../protocol/messages.gen.js";
import type { Settings } from "../run-details.js";
import { type Column, numbersOf, valuesOf } from "./columns.js";
import { Metric } from "./metric.js";
import { type Buckets, Series } from "./series.js";

/** Most metrics of an attempt that a view keeps: the first ones. */
export const MAX_METRICS = 200;

/** Most events that are kept until the curves are loaded. */
const MAX_LATER = 1_000;

/** Attempts before the newest one whose metrics are kept. */
const MAX_PAST = 8;

/** The configuration of an attempt, and where it ran. */
export interface AttemptSettings {
  config: Settings;
  environment: Settings;
}

/** What a server has reduced an attempt to. */
export interface LoadedSeries extends AttemptSettings {
  /** Number of the last event that is in it. */
  head: number;
  metrics: readonly (MetricState & Buckets)[];
  hasMore: boolean;
}

interface Rows {
  seq: number;
  event: Metrics;
  made: number | null;
}

export class RunMetrics {
  /** Whether the curves have all points; where not, they can be loaded. */
  isWhole = true;
  /** In the order of their first values. */
  readonly all = new Map<string, Metric>();
  /** Whether there are more than those. */
  hasMore = false;
  /** The settings of the attempt, once they are loaded with the curves or the attempt is over. */
  settings: AttemptSettings | null = null;

  /** The events after the state, the newest of them, while the curves are not loaded. */
  #later: Rows[] = [];
  /** Number of the last event after the state that is not kept. */
  #dropped = 0;
  /** Number of the last event that is in what was loaded. */
  #head = 0;

  /** The metrics of a state. */
  static from(states: readonly MetricState[]): RunMetrics {
    const metrics = new RunMetrics();
    metrics.isWhole = states.length === 0;
    for (const state of states) metrics.all.set(state.name, Metric.from(state));
    return metrics;
  }

  /** Replace everything by what was loaded and the events after it. */
  adopt({ head, metrics, hasMore, config, environment }: LoadedSeries): void {
    const isMissing = head < this.#dropped;
    const later = this.#later.filter(({ seq }) => seq > head);
    this.#later = []; // they are kept again where curves are still missing
    this.all.clear();
    for (const loaded of metrics) {
      const metric = Metric.from(loaded);
      metric.series = Series.from(loaded);
      this.all.set(loaded.name, metric);
    }
    this.hasMore = hasMore;
    this.settings = { config, environment };
    this.isWhole = !isMissing;
    this.#head = head;
    for (const { event, made, seq } of later) this.add(event, made, seq);
  }

  /**
   * Add the rows of an event by its number; returns the metrics that have ceased to be finite in it.
   */
  add(event: Metrics, made: number | null, seq: number): Metric[] {
    if (seq <= this.#head) return [];
    if (!this.isWhole) this.#keep({ event, made, seq });
    const ceased: Metric[] = [];
    const rows = { steps: numbersOf(event.steps), times: numbersOf(event.times ?? []) };
    for (const [name, shorter] of Object.entries(event.values)) {
      const column = valuesOf(shorter);
      if (column.every((value) => value === null)) continue;
      const metric = this.#metric(name);
      if (metric && addColumn(metric, rows, column, made)) ceased.push(metric);
    }
    return ceased;
  }

  #keep(rows: Rows): void {
    this.#later.push(rows);
    if (this.#later.length > MAX_LATER) this.#dropped = this.#later.shift()?.seq ?? 0;
  }

  #metric(name: string): Metric | null {
    let metric = this.all.get(name);
    if (!metric) {
      if (this.all.size >= MAX_METRICS) {
        this.hasMore = true;
        return null;
      }
      metric = new Metric(name);
      this.all.set(name, metric);
    }
    return metric;
  }
}

/** Returns whether the metric has ceased to be finite. */
function addColumn(
  metric: Metric,
  { steps, times }: { steps: readonly number[]; times: readonly number[] },
  column: Column,
  made: number | null,
): boolean {
  let hasCeased = false;
  for (const [row, value] of column.entries()) {
    if (value === null) continue;
    const time = made === null ? null : made / 1000 + (times[row] ?? 0);
    hasCeased = metric.add(steps[row] ?? 0, Number(value), time) || hasCeased;
  }
  return hasCeased;
}

/** The metrics of attempts before the newest one. */
export class PastMetrics {
  readonly all = new Map<number, RunMetrics>();

  add(attempt: number, metrics: RunMetrics): void {
    this.all.set(attempt, metrics);
    const oldest = Math.min(...this.all.keys());
    if (this.all.size > MAX_PAST) this.all.delete(oldest);
  }

  load(attempt: number, series: LoadedSeries): void {
    const metrics = new RunMetrics();
    metrics.adopt(series);
    this.add(attempt, metrics);
  }
}
