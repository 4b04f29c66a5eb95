// The metrics of a run: as charts where the code for them can be loaded, else as a table.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Feed } from "../../feeds/feed.js";
import { usePrinting } from "../../ui/hooks.js";
import { useCode } from "../on-demand/use-code.js";
import { MAX_GREY } from "./grey.js";
import { MetricsTable } from "./metrics-table.js";

export function Metrics({ feed }: { feed: Feed }): JSX.Element {
  const { run, series } = feed;
  const [isTable, setTable] = useState(false);
  const { code, failure } = useCode("charts");
  const isPrinting = usePrinting();
  useEffect(() => {
    for (const attempt of missingOf(feed)) series?.want(attempt);
  });
  const isDrawn = code !== null && !isTable && !isPrinting;
  return (
    <section class="rtw-metrics" aria-label="Metrics">
      {isDrawn ? (
        <code.StyledCharts run={run} onTable={() => setTable(true)} />
      ) : (
        <>
          {code && (
            <button type="button" class="rtw-button" onClick={() => setTable(false)}>
              Show as charts
            </button>
          )}
          <MetricsTable metrics={run.metrics} />
        </>
      )}
      <MetricsNotices feed={feed} isDrawn={isDrawn} failure={failure} />
    </section>
  );
}

interface MetricsNoticesProps {
  feed: Feed;
  isDrawn: boolean;
  /** Why charts cannot be drawn, or null. */
  failure: string | null;
}

/** What is missing in the charts or the table, and why. */
function MetricsNotices({ feed, isDrawn, failure }: MetricsNoticesProps): JSX.Element {
  const { run, series, limits } = feed;
  const { metrics } = run;
  return (
    <>
      {metrics.hasMore && <p>There are more metrics than the {metrics.all.size} shown.</p>}
      {isDrawn && !metrics.isWhole && series && !series.failure && (
        <p class="rtw-aside">
          The points before this view was opened are being loaded.
          {limits && " The kernel sends them when no cell runs."}
        </p>
      )}
      {failure !== null && <p>Charts cannot be drawn here: {failure}</p>}
      {series?.failure && (
        <p>
          The curves before this view was opened could not be loaded: {series.failure}{" "}
          <button type="button" class="rtw-button" onClick={() => series.retry()}>
            Try again
          </button>
        </p>
      )}
    </>
  );
}

/** The attempts whose curves are not there. */
function missingOf({ run }: Feed): number[] {
  const past = run.past.slice(-MAX_GREY).map(({ attempt }) => attempt);
  const missing = past.filter((attempt) => run.pastMetrics.all.get(attempt)?.isWhole !== true);
  return run.metrics.isWhole ? missing : [run.attempt, ...missing];
}
