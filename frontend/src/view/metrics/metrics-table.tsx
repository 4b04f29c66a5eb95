// The newest values and the extremes of the metrics of a run.

import type { JSX } from "preact";
import type { RunMetrics } from "../../model/metrics/run-metrics.js";
import { formatNumber } from "../../ui/format.js";
import { formatValue } from "../../ui/format-value.js";
import { Name } from "../../ui/text.js";

export function MetricsTable({ metrics }: { metrics: RunMetrics }): JSX.Element {
  return (
    <table class="rtw-metrics-table">
      <thead>
        <tr>
          {["Metric", "Last", "Min", "Max", "Step", "Values"].map((heading) => (
            <th key={heading} scope="col">
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {[...metrics.all.values()].map(({ name, last, min, max, step, count }) => (
          <tr key={name}>
            <th scope="row">
              <Name text={name} />
            </th>
            <td class={Number.isFinite(last) ? undefined : "rtw-not-finite"}>
              {formatValue(last)}
            </td>
            <td>{formatValue(min)}</td>
            <td>{formatValue(max)}</td>
            <td>{formatValue(step)}</td>
            <td>{formatNumber(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
