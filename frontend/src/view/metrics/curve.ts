// What is drawn of a series: the means of its buckets, smoothed, over the step or the time.

import type { Series } from "../../model/metrics/series.js";

export interface CurveOptions {
  /** 0 for none, and below 1: the share of the values before in a smoothed one. */
  smoothing: number;
  isTime: boolean;
  /** What is subtracted from the times, in seconds. */
  began?: number;
}

export interface Curve {
  xs: number[];
  ys: number[];
  lows: number[];
  highs: number[];
}

/** The curve of a series; over the time without buckets whose time is unknown. */
export function curveOf(series: Series, options: CurveOptions): Curve {
  const { smoothing, isTime, began = 0 } = options;
  const curve: Curve = { xs: [], ys: [], lows: [], highs: [] };
  const smoothed = smooth(series, smoothing);
  for (const index of orderOf(series, isTime)) {
    curve.xs.push(isTime ? (series.times[index] ?? 0) - began : (series.steps[index] ?? 0));
    curve.ys.push(smoothed[index] ?? 0);
    curve.lows.push(series.mins[index] ?? 0);
    curve.highs.push(series.maxs[index] ?? 0);
  }
  return curve;
}

function orderOf({ length, times }: Series, isTime: boolean): number[] {
  const indices = [...Array(length).keys()];
  if (!isTime) return indices;
  const known = indices.filter((index) => times[index] !== null);
  return known.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
}

/** An exponential moving average that does not start at 0. */
function smooth(series: Series, share: number): number[] {
  let [sum, weight] = [0, 0];
  return series.steps.map((_, index) => {
    sum = sum * share + series.mean(index) * (1 - share);
    weight = weight * share + (1 - share);
    return sum / weight;
  });
}
