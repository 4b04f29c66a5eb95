// The entry of `charts.js`: all code that only charts need, with its own Preact. It is no part of
// the bundles of views, as most runs have no metrics; `use-module.ts` loads it.

import { render } from "preact";
import plotStyles from "uplot/dist/uPlot.min.css";
import type { Mounted } from "../drawn-by-module.js";
import styles from "./charts.css";
import { Charts, type ChartsProps } from "./charts-view.js";

/** A sheet that is made by code is allowed where the page's policy forbids style elements. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(plotStyles + styles);

export function mount(host: HTMLElement): Mounted<ChartsProps> {
  const root = host.getRootNode();
  if (root instanceof Document || root instanceof ShadowRoot) {
    root.adoptedStyleSheets = [...new Set([...root.adoptedStyleSheets, sheet])];
  }
  return {
    draw: (props) => render(<Charts {...props} />, host),
    close: () => render(null, host),
  };
}
