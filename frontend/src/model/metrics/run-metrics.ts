// The metrics of one attempt of a run.

import type { MetricState, Metrics } from "../../protocol/messages.gen.js";
import { Metric } from "./metric.js";

/** Most metrics of an attempt that a view keeps: the first ones. */
export const MAX_METRICS = 200;

export class RunMetrics {
  /** In the order of their first values. */
  readonly all = new Map<string, Metric>();
  /** Whether there are more than those. */
  hasMore = false;

  /** The metrics of a state. */
  static from(states: readonly MetricState[]): RunMetrics {
    const metrics = new RunMetrics();
    for (const state of states) metrics.all.set(state.name, Metric.from(state));
    return metrics;
  }

  /** Add the rows of an event; returns the metrics that have ceased to be finite in it. */
  add(event: Metrics, made: number | null): Metric[] {
    const ceased: Metric[] = [];
    for (const [name, column] of Object.entries(event.values)) {
      if (column.every((value) => value === null)) continue;
      const metric = this.#metric(name);
      if (metric && this.#addColumn(metric, event, column, made)) ceased.push(metric);
    }
    return ceased;
  }

  #addColumn(
    metric: Metric,
    { steps, times }: Metrics,
    column: readonly (number | string | null)[],
    made: number | null,
  ): boolean {
    let hasCeased = false;
    for (const [row, value] of column.entries()) {
      if (value === null) continue;
      const time = made === null ? null : made / 1000 + (times?.[row] ?? 0);
      hasCeased = metric.add(steps[row] ?? 0, Number(value), time) || hasCeased;
    }
    return hasCeased;
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
