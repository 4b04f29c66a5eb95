// Which metrics share a chart, and which charts a section.

import type { ShownMetric } from "./shown-metric.js";

export interface ChartGroup {
  /** What the names of its metrics have in common. */
  title: string;
  metrics: ShownMetric[];
}

export interface Section {
  /** The first part of the names, "" for names without one. */
  title: string;
  charts: ChartGroup[];
}

const SPLITS = new Set(["train", "training", "val", "valid", "validation", "eval", "test"]);

/** Metrics whose names differ only in `train`, `val` and the like share a chart. */
export function sectionsOf(metrics: Iterable<ShownMetric>): Section[] {
  const charts = new Map<string, ChartGroup>();
  for (const metric of metrics) {
    const title = titleOf(metric.name);
    const chart = charts.get(title) ?? { title, metrics: [] };
    chart.metrics.push(metric);
    charts.set(title, chart);
  }
  const sections = new Map<string, Section>();
  for (const chart of charts.values()) {
    const end = chart.title.indexOf("/");
    const title = end < 0 ? "" : chart.title.slice(0, end);
    const section = sections.get(title) ?? { title, charts: [] };
    section.charts.push(chart);
    sections.set(title, section);
  }
  return [...sections.values()];
}

/** The name without its first or last part where that names the data of the metric. */
function titleOf(name: string): string {
  const parts = name.split(/([/_.-])/);
  if (parts.length < 3) return name;
  if (SPLITS.has((parts[0] ?? "").toLowerCase())) return parts.slice(2).join("");
  if (SPLITS.has((parts.at(-1) ?? "").toLowerCase())) return parts.slice(0, -2).join("");
  return name;
}
