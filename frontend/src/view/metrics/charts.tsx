// All that only charts need, as one part that can be loaded: most runs have no metrics.

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import plotStyles from "uplot/dist/uPlot.min.css";
import styles from "./charts.css";
import { Charts, type ChartsProps } from "./charts-view.js";

/** A sheet that is made by code is allowed where the page's policy forbids style elements. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(plotStyles + styles);

/** Charts with their styles, which no style sheet of a host has. */
export function StyledCharts(props: ChartsProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const root = host.current?.getRootNode();
    if (root instanceof Document || root instanceof ShadowRoot) {
      root.adoptedStyleSheets = [...new Set([...root.adoptedStyleSheets, sheet])];
    }
  }, []);
  return (
    <div ref={host}>
      <Charts {...props} />
    </div>
  );
}
