// The curves of a chart as a table: a row for each bucket, which early on is one value.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { formatNumber } from "../../ui/format.js";
import { formatValue } from "../../ui/format-value.js";
import { Name, shownText } from "../../ui/text.js";
import type { ShownMetric } from "./shown-metric.js";

interface BucketTableProps {
  title: string;
  metrics: readonly ShownMetric[];
}

export function BucketTable({ title, metrics }: BucketTableProps): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
    <section class="rtw-bucket-table" aria-label={`Values of ${shownText(title)}`} tabIndex={0}>
      <table class="rtw-metrics-table">
        <thead>
          <tr>
            {["Step", "Mean", "Min", "Max", "Values"].map((heading) => (
              <th key={heading} scope="col">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        {metrics.map((metric) => (
          <Buckets key={metric.name} metric={metric} hasName={metrics.length > 1} />
        ))}
      </table>
    </section>
  );
}

/** Made again only where there are further values: it may have 2,000 rows. */
function Buckets({ metric, hasName }: { metric: ShownMetric; hasName: boolean }): JSX.Element {
  const { name, series, count } = metric;
  return useMemo(
    () => (
      <tbody>
        {hasName && (
          <tr>
            <th scope="rowgroup" colSpan={5}>
              <Name text={name} />
            </th>
          </tr>
        )}
        {series.steps.map((step, index) => (
          <tr key={index}>
            <th scope="row">{formatValue(step)}</th>
            <td>{formatValue(series.mean(index))}</td>
            <td>{formatValue(series.mins[index] ?? null)}</td>
            <td>{formatValue(series.maxs[index] ?? null)}</td>
            <td>{formatNumber(series.counts[index] ?? 0)}</td>
          </tr>
        ))}
      </tbody>
    ),
    [series, count, hasName],
  );
}
