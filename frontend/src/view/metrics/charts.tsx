// The entry of `charts.js`: all code that only charts need, with its own Preact. It is no part of
// the bundles of views, as most runs have no metrics; `use-charts-module.ts` loads it.

import { type FunctionComponent, h, render } from "preact";
import plotStyles from "uplot/dist/uPlot.min.css";
import styles from "./charts.css";
import { Charts, type ChartsProps } from "./charts-view.js";
import compareStyles from "./compare/compare.css";
import { Comparison, type ComparisonProps } from "./compare/comparison.js";

/** What is drawn in an element. */
export interface Mounted<Props> {
  draw(props: Props): void;
  close(): void;
}

/** A sheet that is made by code is allowed where the page's policy forbids style elements. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(plotStyles + styles + compareStyles);

/** The charts of one run. */
export function mountCharts(host: HTMLElement): Mounted<ChartsProps> {
  return mounted(host, Charts);
}

/** Runs side by side. */
export function mountComparison(host: HTMLElement): Mounted<ComparisonProps> {
  return mounted(host, Comparison);
}

function mounted<Props extends object>(
  host: HTMLElement,
  component: FunctionComponent<Props>,
): Mounted<Props> {
  const root = host.getRootNode();
  if (root instanceof Document || root instanceof ShadowRoot) {
    root.adoptedStyleSheets = [...new Set([...root.adoptedStyleSheets, sheet])];
  }
  return {
    draw: (props) => render(h(component, props), host),
    close: () => render(null, host),
  };
}
