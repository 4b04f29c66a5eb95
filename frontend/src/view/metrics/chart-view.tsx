// One chart with its legend: last value and extremes, or the values at the cursor.

import type { JSX, TargetedKeyboardEvent } from "preact";
import { useRef, useState } from "preact/hooks";
import type { RunMetrics } from "../../model/metrics/run-metrics.js";
import { formatCount } from "../../ui/format.js";
import { formatValue } from "../../ui/format-value.js";
import { saveFile } from "../../ui/save-file.js";
import { Name, shownText } from "../../ui/text.js";
import { BucketTable } from "./bucket-table.js";
import type { ChartGroup } from "./chart-groups.js";
import type { Plot } from "./plot.js";
import type { ShownMetric } from "./shown-metric.js";
import { type Look, useChart } from "./use-chart.js";

interface ChartViewProps {
  group: ChartGroup;
  /** The metrics of former attempts, which are drawn in grey. */
  past: readonly RunMetrics[];
  look: Look;
}

export function ChartView({ group, past, look }: ChartViewProps): JSX.Element {
  const { title, metrics } = group;
  const figure = useRef<HTMLElement>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [isByKey, setByKey] = useState(false);
  const [hasTable, setHasTable] = useState(false);
  const chart = useChart({ figure, metrics, past, look, onCursor: setCursor });
  const move = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    setByKey(true);
    chart.current?.moveCursor(event.shiftKey ? by * 10 : by);
  };
  return (
    <figure ref={figure} class="rtw-chart">
      <Caption
        title={title}
        hasTable={hasTable}
        onTable={() => setHasTable(!hasTable)}
        onPicture={() => void savePicture(title, chart.current)}
      />
      <div
        class="rtw-chart-plot"
        role="img"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move its cursor
        tabIndex={0}
        aria-label={metrics.map(sentenceOf).join("; ")}
        onKeyDown={move}
        onBlur={() => setByKey(false)}
      />
      <Legend {...{ metrics, look, cursor }} />
      {hasTable && <BucketTable {...{ title, metrics }} />}
      {metrics.filter(({ notFinite }) => notFinite > 0).map(Note)}
      <p class="rtw-visually-hidden" aria-live="polite">
        {isByKey && cursor !== null && spoken(metrics, cursor, look)}
      </p>
    </figure>
  );
}

async function savePicture(title: string, chart: Plot | null): Promise<void> {
  const picture = await chart?.picture();
  if (picture) saveFile(`${title.replaceAll(/[^\w.-]+/g, "-")}.png`, picture);
}

interface CaptionProps {
  title: string;
  hasTable: boolean;
  onTable: () => void;
  onPicture: () => void;
}

function Caption({ title, hasTable, onTable, onPicture }: CaptionProps): JSX.Element {
  const ofTitle = <span class="rtw-visually-hidden"> of {shownText(title)}</span>;
  return (
    <figcaption>
      <Name text={title} />
      <span>
        <button type="button" class="rtw-button" aria-expanded={hasTable} onClick={onTable}>
          Table{ofTitle}
        </button>
        <button type="button" class="rtw-button" onClick={onPicture}>
          PNG{ofTitle}
        </button>
      </span>
    </figcaption>
  );
}

interface LegendProps {
  metrics: readonly ShownMetric[];
  look: Look;
  cursor: number | null;
}

function Legend({ metrics, look, cursor }: LegendProps): JSX.Element {
  return (
    <ul class="rtw-chart-legend">
      {metrics.map((metric, index) => (
        <li key={metric.name}>
          <Swatch color={metric.color ?? index} />
          <Name text={metric.name} />{" "}
          {cursor === null ? <Values metric={metric} /> : valueAt(metric, cursor, look)}
        </li>
      ))}
    </ul>
  );
}

/** How many colours there are for curves. */
const COLORS = 8;

/** The colour of a curve. */
export function Swatch({ color }: { color: number }): JSX.Element {
  return <span class={`rtw-swatch rtw-swatch-${color % COLORS}`} aria-hidden="true" />;
}

function Values({ metric: { last, min, max } }: { metric: ShownMetric }): JSX.Element {
  return (
    <span>
      <b class={Number.isFinite(last) ? undefined : "rtw-not-finite"}>{formatValue(last)}</b>
      <span class="rtw-quiet">
        {" "}
        min {formatValue(min)}, max {formatValue(max)}
      </span>
    </span>
  );
}

function Note({ name, notFinite, notFiniteStep }: ShownMetric): JSX.Element {
  return (
    <p key={name} class="rtw-not-finite">
      <Name text={name} />: {formatCount(notFinite, "value")} not finite, the last at step{" "}
      {formatValue(notFiniteStep)}
    </p>
  );
}

function sentenceOf({ name, count, last, step, min }: ShownMetric): string {
  const values = formatCount(count, "value");
  return `${shownText(name)}, ${values}, last ${formatValue(last)} at step ${formatValue(step)}, lowest ${formatValue(min)}`;
}

/** The value where the cursor is: of the last bucket that begins there or before. */
function valueAt({ series, began = 0 }: ShownMetric, x: number, { isTime }: Look): string {
  const index = isTime
    ? series.times.findLastIndex((time) => time !== null && time - began <= x)
    : series.indexOf(x);
  return formatValue(index < 0 ? null : series.mean(index));
}

function spoken(metrics: readonly ShownMetric[], x: number, look: Look): string {
  const values = metrics.map((each) => `${shownText(each.name)} ${valueAt(each, x, look)}`);
  return `${whereWords(x, look)}: ${values.join(", ")}`;
}

function whereWords(x: number, { isTime, isRelative }: Look): string {
  if (!isTime) return `step ${formatValue(x)}`;
  return isRelative ? `${formatValue(x)} s` : new Date(x * 1_000).toLocaleTimeString();
}
