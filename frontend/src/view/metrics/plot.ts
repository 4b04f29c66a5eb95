// Draws curves with uPlot.

import uPlot from "uplot";
import { formatValue } from "../../ui/format-value.js";
import { isolatedIn } from "./isolated.js";

/** One curve. */
export interface Line {
  color: string;
  /** In ascending order. */
  xs: readonly number[];
  /** Null in a gap. */
  ys: readonly (number | null)[];
  /** Where a value is not finite: it has a mark. */
  mark?: number | null;
  /** The least and the greatest value at each x; none are drawn where they are missing. */
  band?: { lows: readonly (number | null)[]; highs: readonly (number | null)[] };
}

export interface PlotOptions {
  width: number;
  height: number;
  isLog: boolean;
  /** Whether x is the time, in seconds since 1970, and not the step. */
  isTime: boolean;
  foreground: string;
  grid: string;
  /** The colour of marks. */
  warning: string;
  font: string;
  /** Charts of the same key have one cursor. */
  syncKey: string;
  /** The cursor is at an x; null: it has left the chart. */
  onCursor: (x: number | null) => void;
}

export class Plot {
  readonly #host: HTMLElement;
  #plot: uPlot | null = null;
  /** What the plot was made for; for anything else another one is made. */
  #made = "";
  #marks: readonly number[] = [];

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  get isDrawn(): boolean {
    return this.#plot !== null;
  }

  /** Draw these curves in place of what was drawn; a zoom is kept while the options are the same. */
  draw(lines: readonly Line[], options: PlotOptions): void {
    const data = joined(lines);
    this.#marks = lines.flatMap(({ mark }) => mark ?? []);
    const made = JSON.stringify([options, lines.map(({ color, band }) => [color, !!band])]);
    if (this.#plot && made === this.#made) {
      this.#plot.setData(data, !isZoomed(this.#plot));
      return;
    }
    const x = this.#plot && xAt(this.#plot.data, this.#plot.cursor.idx);
    this.close();
    this.#made = made;
    const settings = optionsOf(lines, options);
    settings.hooks = {
      ...settings.hooks,
      draw: [(plot) => drawMarks(plot, this.#marks, options.warning)],
    };
    // Before that it has no scales, and the cursor no place.
    if (x !== null)
      settings.hooks = { ...settings.hooks, ready: [(plot) => this.#setCursor(plot, x)] };
    this.#plot = new uPlot(settings, data, this.#host);
  }

  /** Move the cursor by so many points. */
  moveCursor(by: number): void {
    const plot = this.#plot;
    const xs = plot?.data[0];
    if (!plot || !xs || xs.length === 0) return;
    const from = plot.cursor.idx ?? (by > 0 ? -1 : xs.length);
    const index = Math.min(Math.max(from + by, 0), xs.length - 1);
    this.#setCursor(plot, xs[index] ?? 0);
  }

  #setCursor(plot: uPlot, x: number): void {
    const top = plot.bbox.height / 2 / devicePixelRatio;
    plot.setCursor({ left: plot.valToPos(x, "x"), top });
  }

  /** The picture as a PNG. */
  picture(): Promise<Blob | null> {
    const canvas = this.#plot?.ctx.canvas;
    return new Promise((resolve) => (canvas ? canvas.toBlob(resolve) : resolve(null)));
  }

  close(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }
}

function isZoomed({ scales, data }: uPlot): boolean {
  const [first, last] = [data[0]?.[0], data[0]?.at(-1)];
  const { min, max } = scales["x"] ?? {};
  if (first === undefined || last === undefined || min == null || max == null) return false;
  return min > first || (max < last && max - min < (last - first) / 2);
}

/** The curves over all of their x, null where a curve has none. */
function joined(lines: readonly Line[]): uPlot.AlignedData {
  const tables = lines.map(({ xs, ys, band }) => {
    const columns = band ? [xs, ys, band.lows, band.highs] : [xs, ys];
    return columns as unknown as uPlot.AlignedData;
  });
  const [only] = tables;
  return tables.length === 1 && only ? only : uPlot.join(tables);
}

function optionsOf(lines: readonly Line[], options: PlotOptions): uPlot.Options {
  const { width, height, isLog, isTime, foreground, grid, font, syncKey, onCursor } = options;
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const { color, band } of lines) {
    // Where other curves have an x, and this one has none, its value is undefined and no gap.
    series.push({ stroke: color, width: 1.5, points: pointsOf(color) });
    if (!band) continue;
    const edge: uPlot.Series = { stroke: "transparent", width: 0 };
    series.push({ ...edge, points: { show: false } }, { ...edge, points: { show: false } });
    const fill = `color-mix(in srgb, ${color} 18%, transparent)`;
    bands.push({ series: [series.length - 1, series.length - 2], fill });
  }
  const axis: uPlot.Axis = {
    stroke: foreground,
    font: `11px ${font}`,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
  };
  return {
    width,
    height,
    series,
    bands,
    legend: { show: false },
    scales: { x: { time: isTime }, y: { distr: isLog ? 3 : 1 } },
    axes: [
      { ...axis, size: 30 },
      {
        ...axis,
        size: (_, texts) => widthOf(texts ?? []),
        values: (_, splits) => splits.map((value) => valueOrNone(value)),
      },
    ],
    cursor: { sync: { key: syncKey }, points: { size: 6 }, y: false },
    hooks: {
      setCursor: [({ cursor, data }) => onCursor(xAt(data, cursor.idx))],
    },
  };
}

/** Points only where no line leads to or from a value. */
function pointsOf(color: string): uPlot.Series.Points {
  return {
    ...{ show: false, size: 5, stroke: color, fill: color },
    filter: ({ data }, index) => isolatedIn(data[index] ?? []),
  };
}

/** Draw a line at each x where a value is not finite. */
function drawMarks(plot: uPlot, marks: readonly number[], color: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const mark of marks) {
    const x = plot.valToPos(mark, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** How wide an axis with these texts is; most have the same width, so that their charts align. */
function widthOf(texts: readonly string[]): number {
  const most = Math.max(0, ...texts.map((text) => text.length));
  return Math.max(58, 20 + 7 * most);
}

/** On a logarithmic scale some of the lines have no value written. */
function valueOrNone(value: number | null): string {
  return value === null ? "" : formatValue(value);
}

function xAt(data: uPlot.AlignedData, index: number | null | undefined): number | null {
  return index == null ? null : (data[0]?.[index] ?? null);
}
