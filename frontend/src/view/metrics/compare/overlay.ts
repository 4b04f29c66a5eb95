// The metrics of several runs: one chart for each name, with a curve for each run.

import type { Metric } from "../../../model/metrics/metric.js";
import type { ChartGroup } from "../chart-groups.js";
import type { ShownMetric } from "../shown-metric.js";
import type { Compared } from "./compared.js";

/** The names of all metrics, in the order in which they came. */
export function namesOf(runs: readonly Compared[]): string[] {
  return [...new Set(runs.flatMap(({ metrics }) => [...(metrics?.all.keys() ?? [])]))];
}

/** The charts. A run has the same colour in all of them. */
export function overlaysOf(runs: readonly Compared[]): ChartGroup[] {
  return namesOf(runs).map((title) => {
    const metrics = runs.flatMap(({ metrics, label, started }, color): ShownMetric[] => {
      const metric = metrics?.all.get(title);
      return metric ? [curveOf(metric, { name: label, color, started })] : [];
    });
    return { title, metrics };
  });
}

function curveOf(
  metric: Metric,
  { name, color, started }: { name: string; color: number; started: number | null },
): ShownMetric {
  const { last, step, min, max, count, notFinite, notFiniteStep, series } = metric;
  const values = { last, step, min, max, count, notFinite, notFiniteStep, series };
  const began = started === null ? (series.times[0] ?? 0) : started / 1_000;
  return { ...values, name, color, began };
}

/** Which of the values are the extreme one, where at least two differ. */
export function areExtreme(values: readonly (number | null)[], isMin: boolean): boolean[] {
  const known = values.filter((value) => value !== null);
  const extreme = isMin ? Math.min(...known) : Math.max(...known);
  const differ = new Set(known).size > 1;
  return values.map((value) => differ && value === extreme);
}
