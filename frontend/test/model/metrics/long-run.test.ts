// A long run in a view: exact at any length, the same after a reload, in bounded memory.
import { expect, it } from "vitest";
import { type LoadedSeries, RunMetrics } from "../../../src/model/metrics/run-metrics.js";
import type { Metrics } from "../../../src/protocol/messages.gen.js";

const ROWS = 500;
const EVENTS = 200;

function event(number: number): Metrics {
  const steps = { ranges: [[number * ROWS, 1, ROWS]] };
  const values = { loss: losses(number) };
  return { type: "metrics", steps, values, times: { ranges: [[0, 0.001, ROWS]] } };
}

function losses(number: number): number[] {
  return Array.from({ length: ROWS }, (_, row) => Math.sin(number * ROWS + row) / (number + 1));
}

/** What a server has reduced the events to, as JSON. */
function loaded(metrics: RunMetrics, head: number): LoadedSeries {
  const all = [...metrics.all.values()].map(({ series, notFinite, notFiniteStep, ...state }) => ({
    ...{ ...state, last: state.last ?? 0, not_finite: notFinite, not_finite_step: notFiniteStep },
    ...series,
  }));
  return structuredClone({ head, metrics: all, hasMore: false, config: {}, environment: {} });
}

it("has the exact last, least and greatest value, in at most 2,000 buckets", () => {
  const metrics = new RunMetrics();
  for (let number = 0; number < EVENTS; number += 1) metrics.add(event(number), 0, number + 1);

  const values = [...Array(EVENTS).keys()].flatMap(losses);
  const loss = metrics.all.get("loss");
  expect(loss).toMatchObject({
    last: values.at(-1),
    count: ROWS * EVENTS,
    step: ROWS * EVENTS - 1,
  });
  expect(loss?.min).toBe(values.reduce((least, each) => Math.min(least, each), 1));
  expect(loss?.max).toBe(values.reduce((most, each) => Math.max(most, each), -1));
  expect(loss?.series.length).toBeLessThanOrEqual(2_000);
});

it("has the same curves after a reload in its middle", () => {
  const [whole, joined] = [new RunMetrics(), new RunMetrics()];
  for (let number = 0; number < EVENTS; number += 1) {
    if (number === EVENTS / 2) joined.adopt(loaded(whole, number));
    whole.add(event(number), 0, number + 1);
    if (number >= EVENTS / 2) joined.add(event(number), 0, number + 1);
  }

  expect(joined.all.get("loss")).toEqual(whole.all.get("loss"));
});

it("of 200 metrics has at most 2.4 million numbers, which are 20 MB", () => {
  const metrics = new RunMetrics();
  const names = [...Array(200).keys()].map(String);
  for (let number = 0; number < 120; number += 1) {
    const steps = [...Array(25).keys()].map((row) => number * 25 + row);
    const values = Object.fromEntries(names.map((name) => [name, steps]));
    metrics.add({ type: "metrics", steps, values }, 0, number + 1);
  }

  const sizes = [...metrics.all.values()].flatMap(({ series }) =>
    [series.steps, series.times, series.mins, series.maxs, series.sums, series.counts].map(
      (column) => column.length,
    ),
  );
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(200 * 2_000 * 6);
  expect(metrics.all.get("7")?.count).toBe(3_000);
});
