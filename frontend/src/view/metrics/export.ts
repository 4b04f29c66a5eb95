// Writes metrics to files.

import type { RunMetrics } from "../../model/metrics/run-metrics.js";
import { saveFile } from "../../ui/save-file.js";

/** Save the buckets of all metrics: a line for each. */
export function exportCsv(metrics: RunMetrics): void {
  saveFile("metrics.csv", new Blob([csvOf(metrics)], { type: "text/csv" }));
}

export function csvOf(metrics: RunMetrics): string {
  const lines = ["metric,step,time,mean,min,max,count"];
  for (const { name, series } of metrics.all.values()) {
    const { steps, times, mins, maxs, counts } = series;
    for (const index of steps.keys()) {
      const numbers = [steps[index], times[index], series.mean(index), mins[index], maxs[index]];
      lines.push([quoted(name), ...numbers, counts[index]].join(","));
    }
  }
  return `${lines.join("\n")}\n`;
}

/** A name as text: a spreadsheet must not calculate with it. */
function quoted(name: string): string {
  const safe = /^[=+\-@\t\r]/.test(name) ? `'${name}` : name;
  return `"${safe.replaceAll('"', '""')}"`;
}
