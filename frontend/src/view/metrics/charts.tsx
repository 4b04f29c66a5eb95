// All that only charts need, as one part that can be loaded: most runs have no metrics.

import type { ComponentChildren, JSX } from "preact";
import plotStyles from "uplot/dist/uPlot.min.css";
import { useAdoptedStyles } from "../on-demand/adopted-styles.js";
import styles from "./charts.css";
import { Charts, type ChartsProps } from "./charts-view.js";
import compareStyles from "./compare/compare.css";
import { Comparison, type ComparisonProps } from "./compare/comparison.js";

/** A sheet that is made by code is allowed where the page's policy forbids style elements. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(plotStyles + styles + compareStyles);

/** The charts of one run. */
export function StyledCharts(props: ChartsProps): JSX.Element {
  return (
    <Styled>
      <Charts {...props} />
    </Styled>
  );
}

/** Runs side by side. */
export function StyledComparison(props: ComparisonProps): JSX.Element {
  return (
    <Styled>
      <Comparison {...props} />
    </Styled>
  );
}

/** Adds the styles of charts, which no style sheet of a host has. */
function Styled({ children }: { children: ComponentChildren }): JSX.Element {
  return <div ref={useAdoptedStyles<HTMLDivElement>(sheet)}>{children}</div>;
}
