// The metrics of a run.

import type { JSX } from "preact";
import type { RunMetrics } from "../../model/metrics/run-metrics.js";
import { MetricsTable } from "./metrics-table.js";

export function Metrics({ metrics }: { metrics: RunMetrics }): JSX.Element {
  return (
    <section class="rtw-metrics" aria-label="Metrics">
      <MetricsTable metrics={metrics} />
      {metrics.hasMore && <p>There are more metrics than the {metrics.all.size} shown.</p>}
    </section>
  );
}
