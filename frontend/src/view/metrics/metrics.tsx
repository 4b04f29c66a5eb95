// The metrics of a run: as charts where the code for them can be loaded, else as a table.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Feed } from "../../feeds/feed.js";
import { usePrinting } from "../../ui/hooks.js";
import { MAX_GREY } from "./grey.js";
import type { ChartsModule } from "./load-charts-module.js";
import { MetricsTable } from "./metrics-table.js";
import { useChartsModule } from "./use-charts-module.js";

export function Metrics({ feed }: { feed: Feed }): JSX.Element {
  const { run, series } = feed;
  const { metrics } = run;
  const [isTable, setTable] = useState(false);
  const { charts, failure } = useChartsModule(feed.loadCharts ?? null);
  const isPrinting = usePrinting();
  useEffect(() => {
    for (const attempt of missingOf(feed)) series?.want(attempt);
  });
  const isDrawn = charts !== null && !isTable && !isPrinting;
  return (
    <section class="rtw-metrics" aria-label="Metrics">
      {isDrawn ? (
        <DrawnCharts charts={charts} draw={{ run, onTable: () => setTable(true) }} />
      ) : (
        <>
          {charts && (
            <button type="button" class="rtw-button" onClick={() => setTable(false)}>
              Show as charts
            </button>
          )}
          <MetricsTable metrics={metrics} />
        </>
      )}
      {metrics.hasMore && <p>There are more metrics than the {metrics.all.size} shown.</p>}
      {failure !== null && <p>Charts cannot be drawn here: {failure}</p>}
      {series?.failure && (
        <p>
          The curves before this view was opened could not be loaded: {series.failure}{" "}
          <button type="button" class="rtw-button" onClick={() => series.retry()}>
            Try again
          </button>
        </p>
      )}
    </section>
  );
}

interface DrawnProps {
  charts: ChartsModule;
  draw: Parameters<ReturnType<ChartsModule["mountCharts"]>["draw"]>[0];
}

/** Charts, which the loaded module draws. */
function DrawnCharts({ charts, draw }: DrawnProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const mounted = useRef<ReturnType<ChartsModule["mountCharts"]> | null>(null);
  useEffect(() => {
    if (host.current) mounted.current = charts.mountCharts(host.current);
    return () => mounted.current?.close();
  }, [charts]);
  useEffect(() => mounted.current?.draw(draw));
  return <div ref={host} />;
}

/** The attempts whose curves are not there. */
function missingOf({ run }: Feed): number[] {
  const past = run.past.slice(-MAX_GREY).map(({ attempt }) => attempt);
  const missing = past.filter((attempt) => run.pastMetrics.all.get(attempt)?.isWhole !== true);
  return run.metrics.isWhole ? missing : [run.attempt, ...missing];
}
