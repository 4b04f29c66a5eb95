// What is drawn of a series: the means of its buckets, smoothed, over the step or the time.

import type { Series } from "../../model/metrics/series.js";

export interface CurveOptions {
  /** 0 for none, and below 1: the share of the values before in a smoothed one. */
  smoothing: number;
  isTime: boolean;
  /** What is subtracted from the times, in seconds. */
  began?: number;
  /** The step of the newest value that is not finite: over the step the curve has a gap there. */
  notFiniteStep?: number | null;
}

export interface Curve {
  xs: number[];
  /** Null in a gap. */
  ys: (number | null)[];
  lows: (number | null)[];
  highs: (number | null)[];
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
  const gap = isTime ? null : (options.notFiniteStep ?? null);
  if (gap !== null) insertGap(curve, gap);
  return curve;
}

function insertGap({ xs, ys, lows, highs }: Curve, x: number): void {
  const after = xs.findIndex((each) => each > x);
  const at = after === -1 ? xs.length : after;
  xs.splice(at, 0, x);
  for (const column of [ys, lows, highs]) column.splice(at, 0, null);
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
