// All that only charts need, as one part that can be loaded: most runs have no metrics.

import type { JSX } from "preact";
import plotStyles from "uplot/dist/uPlot.min.css";
import { useAdoptedStyles } from "../adopted-styles.js";
import styles from "./charts.css";
import { Charts, type ChartsProps } from "./charts-view.js";

/** A sheet that is made by code is allowed where the page's policy forbids style elements. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(plotStyles + styles);

/** Charts with their styles, which no style sheet of a host has. */
export function StyledCharts(props: ChartsProps): JSX.Element {
  return (
    <div ref={useAdoptedStyles<HTMLDivElement>(sheet)}>
      <Charts {...props} />
    </div>
  );
}
