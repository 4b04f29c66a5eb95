// Draws a chart while it is on the screen, at most ten times a second.

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunMetrics } from "../../model/metrics/run-metrics.js";
import { curveOf } from "./curve.js";
import { type Line, Plot, type PlotOptions } from "./plot.js";
import type { ShownMetric } from "./shown-metric.js";

const HEIGHT = 180;

/** Milliseconds between two drawings. */
const DRAW_EVERY = 100;

export interface Look {
  smoothing: number;
  isLog: boolean;
  isTime: boolean;
  /** Whether the time is that since the beginning of each attempt. */
  isRelative?: boolean;
  syncKey: string;
}

interface Drawn {
  figure: RefObject<HTMLElement | null>;
  metrics: readonly ShownMetric[];
  past: readonly RunMetrics[];
  look: Look;
  onCursor: (x: number | null) => void;
}

export function useChart(drawn: Drawn): RefObject<Plot | null> {
  const { figure, metrics, past, look } = drawn;
  const chart = useRef<Plot | null>(null);
  const newest = useRef(drawn);
  newest.current = drawn;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const { isShown, width, theme } = useSurroundings(figure);
  useEffect(() => {
    const host = figure.current?.querySelector<HTMLElement>(".rtw-chart-plot");
    if (host) chart.current = new Plot(host);
    return () => {
      clearTimeout(timer.current);
      chart.current?.close();
    };
  }, []);
  const counts = [metrics, ...past.map(({ all }) => [...all.values()])].map((each) =>
    each.map(({ series, count }) => `${count}/${series.length}`).join(),
  );
  useEffect(() => {
    if (!isShown || width === 0 || timer.current !== undefined) return;
    timer.current = setTimeout(
      () => {
        timer.current = undefined;
        if (figure.current)
          chart.current?.draw(...contentOf(newest.current, figure.current, width));
      },
      chart.current?.isDrawn ? DRAW_EVERY : 0,
    );
  }, [isShown, width, theme, counts.join(), JSON.stringify(look)]);
  return chart;
}

/** Whether an element is on the screen, its width, and a number that grows with changes of colours. */
function useSurroundings(element: RefObject<HTMLElement | null>) {
  const [isShown, setShown] = useState(false);
  const [width, setWidth] = useState(0);
  const [theme, setTheme] = useState(0);
  useEffect(() => {
    if (!element.current) return undefined;
    const screen = new IntersectionObserver((entries) =>
      setShown(entries.some(({ isIntersecting }) => isIntersecting)),
    );
    const size = new ResizeObserver(([entry]) =>
      setWidth(Math.floor(entry?.contentRect.width ?? 0)),
    );
    screen.observe(element.current);
    size.observe(element.current);
    const change = () => setTheme((number) => number + 1);
    const host = new MutationObserver(change);
    host.observe(document.body, { attributes: true });
    host.observe(document.documentElement, { attributes: true });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", change);
    return () => {
      for (const observer of [screen, size, host]) observer.disconnect();
      dark.removeEventListener("change", change);
    };
  }, []);
  return { isShown, width, theme };
}

function contentOf(
  { metrics, past, look, onCursor }: Drawn,
  figure: HTMLElement,
  width: number,
): [Line[], PlotOptions] {
  const style = getComputedStyle(figure);
  const swatches = [...figure.querySelectorAll(".rtw-swatch")];
  const lines: Line[] = past.flatMap(({ all }) =>
    metrics.flatMap(({ name }) => {
      const metric = all.get(name);
      if (!metric) return [];
      const { xs, ys } = curveOf(metric.series, look);
      return [{ xs, ys, color: style.outlineColor }];
    }),
  );
  for (const [index, { series, began = 0, notFiniteStep }] of metrics.entries()) {
    const { xs, ys, lows, highs } = curveOf(series, { ...look, began, notFiniteStep });
    const color = getComputedStyle(swatches[index] ?? figure).color;
    const mark = look.isTime ? null : notFiniteStep;
    lines.push({ xs, ys, color, mark, ...(series.width > 1 && { band: { lows, highs } }) });
  }
  const { isLog, syncKey } = look;
  const isTime = look.isTime && look.isRelative !== true;
  const colors = {
    ...{ foreground: style.color, grid: style.borderTopColor, warning: style.textDecorationColor },
    font: style.fontFamily,
  };
  return [lines, { width, height: HEIGHT, isLog, isTime, syncKey, ...colors, onCursor }];
}
