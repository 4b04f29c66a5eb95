// Runs side by side: what they are, in which settings they differ, their last and extreme values,
// and their curves in one chart for each metric.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { RunLinks } from "../../links.js";
import { ChartSections } from "../chart-sections.js";
import { LookBar, useLook } from "../look-bar.js";
import { comparedOf, type Followed, wantCurves } from "./compared.js";
import { ComparisonTable } from "./comparison-table.js";
import { overlaysOf } from "./overlay.js";

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
    <section class="rtw-compare" aria-label="Comparison of runs">
      <ComparisonTable runs={runs} links={links} />
      {charts.length > 0 && (
        <>
          <LookBar choice={choice} />
          <ChartSections sections={[{ title: "", charts }]} past={[]} look={choice.look} />
        </>
      )}
    </section>
  );
}
