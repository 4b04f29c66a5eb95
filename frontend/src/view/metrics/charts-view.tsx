// The charts of a run's metrics, in sections.

import type { JSX } from "preact";
import type { Run } from "../../model/run.js";
import { sectionsOf } from "./chart-groups.js";
import { ChartSections } from "./chart-sections.js";
import { exportCsv } from "./export.js";
import { MAX_GREY } from "./grey.js";
import { LookBar, useLook } from "./look-bar.js";

export interface ChartsProps {
  run: Run;
  /** Show them as a table. */
  onTable: () => void;
}

export function Charts({ run, onTable }: ChartsProps): JSX.Element {
  const choice = useLook(false);
  const past = [...run.pastMetrics.all].sort(([a], [b]) => a - b).map(([, metrics]) => metrics);
  return (
    <>
      <LookBar choice={choice}>
        <button type="button" class="rtw-button" onClick={onTable}>
          Show as table
        </button>
        <button type="button" class="rtw-button" onClick={() => exportCsv(run.metrics)}>
          Download CSV
        </button>
      </LookBar>
      <ChartSections
        sections={sectionsOf(run.metrics.all.values())}
        past={past.slice(-MAX_GREY)}
        look={choice.look}
      />
    </>
  );
}
