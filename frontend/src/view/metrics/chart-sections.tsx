// Charts in sections, each under its heading.

import type { JSX } from "preact";
import type { RunMetrics } from "../../model/metrics/run-metrics.js";
import type { Section } from "./chart-groups.js";
import { ChartView } from "./chart-view.js";
import type { Look } from "./use-chart.js";

interface SectionsProps {
  sections: readonly Section[];
  /** The metrics of former attempts, which are drawn in grey. */
  past: readonly RunMetrics[];
  look: Look;
}

export function ChartSections({ sections, past, look }: SectionsProps): JSX.Element {
  return (
    <>
      {sections.map((section) => (
        <div key={section.title}>
          {section.title !== "" && <h3 class="rtw-metrics-section">{section.title}</h3>}
          <div class="rtw-charts">
            {section.charts.map((group) => (
              <ChartView key={group.title} {...{ group, past, look }} />
            ))}
          </div>
        </div>
      ))}
    </>
  );
}
