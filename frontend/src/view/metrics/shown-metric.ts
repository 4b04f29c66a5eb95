// What a chart shows of a metric.

import type { Metric } from "../../model/metrics/metric.js";

type Values = "last" | "step" | "min" | "max" | "count" | "notFinite" | "notFiniteStep" | "series";

export interface ShownMetric extends Pick<Metric, Values> {
  /** What its curve is called. */
  name: string;
  /** The number of its colour; by default its place in the chart. */
  color?: number;
  /** Over the time: what is subtracted from the times, in seconds since 1970. */
  began?: number;
}
