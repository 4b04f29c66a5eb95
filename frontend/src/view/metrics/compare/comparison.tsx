// Runs side by side: what they are, in which settings they differ, their curves in one chart for each
// metric, and their last and extreme values.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { RunLinks } from "../../links.js";
import { ChartSections } from "../chart-sections.js";
import { LookBar, useLook } from "../look-bar.js";
import { comparedOf, type Followed, wantCurves } from "./compared.js";
import { ComparisonTable } from "./comparison-table.js";
import { MetricTable } from "./metric-table.js";
import { overlaysOf } from "./overlay.js";

/** Most runs whose tables leave room for the charts beside them, where the view is wide. */
const BESIDE = 3;

export interface ComparisonProps {
  followed: readonly Followed[];
  links: RunLinks | undefined;
}

export function Comparison({ followed, links }: ComparisonProps): JSX.Element {
  const choice = useLook(true);
  useEffect(() => {
    for (const each of followed) wantCurves(each);
  });
  const runs = followed.map(comparedOf);
  const charts = overlaysOf(runs);
  return (
    <section
      class={runs.length <= BESIDE ? "rtw-compare rtw-compare-beside" : "rtw-compare"}
      aria-label="Comparison of runs"
    >
      <ComparisonTable runs={runs} links={links} />
      {charts.length > 0 && (
        <div class="rtw-compare-charts">
          <LookBar choice={choice} />
          <ChartSections sections={[{ title: "", charts }]} past={[]} look={choice.look} />
        </div>
      )}
      <MetricTable runs={runs} links={links} />
    </section>
  );
}
