// @vitest-environment happy-dom
// The metrics of the list: which are shown, remembered, and sorted by.
import { render } from "preact";
import { act } from "preact/test-utils";
import { beforeEach, expect, it } from "vitest";
import { runState } from "../../dev/run-state.js";
import { MetricCells } from "../../src/runs/metric-cells.js";
import { type MetricColumns, useMetricColumns } from "../../src/runs/metric-columns.js";
import { metricOrders, sortRuns } from "../../src/runs/order.js";

const metric = (name: string, last: number | "NaN") => ({
  ...{ name, last, step: 0, min: null, max: null, count: 1 },
  ...{ not_finite: 0, not_finite_step: null },
});

const run = (sprint_id: string, last?: number | "NaN") =>
  runState({ sprint_id, metrics: last === undefined ? [] : [metric("val/loss", last)] });

const RUNS = [run("none"), run("bad", "NaN"), run("high", 3), run("low", 0.5)];

beforeEach(() => localStorage.clear());

it.each([
  ["least val/loss", ["low", "high", "none", "bad"]],
  ["greatest val/loss", ["high", "low", "none", "bad"]],
] as const)("by %s, runs without a finite value are last", (order, expected) => {
  expect(metricOrders(["val/loss"])).toContain(order);
  expect(sortRuns(RUNS, order, 0).map(({ sprint_id }) => sprint_id)).toEqual(expected);
});

it("a row shows the newest value of each chosen metric, and an empty place without one", () => {
  const root = document.createElement("div");
  const names = ["val/loss", "acc"];
  render(<MetricCells run={RUNS[3] ?? run("none")} names={names} />, root);

  const cells = [...(root.firstElementChild?.children ?? [])].map((cell) => cell.textContent);
  expect(cells).toEqual(["val/loss 0.5", ""]);
});

it("at most four metrics are chosen, and they are remembered", () => {
  const runs = [runState({ metrics: ["e", "d", "c", "b", "a"].map((name) => metric(name, 1)) })];
  let columns: MetricColumns | undefined;
  const Columns = () => {
    columns = useMetricColumns(runs);
    return null;
  };
  const mount = () => act(() => render(<Columns />, document.createElement("div")));
  mount();
  expect(columns?.names).toEqual(["a", "b", "c", "d", "e"]);
  for (const name of ["a", "b", "c", "d", "e", "c"]) act(() => columns?.toggle(name));
  mount();

  expect(columns?.chosen).toEqual(["b", "d", "e"]);
});

it.each(["{", '{"a":1}', "[1,2]"])("a stored choice that is none, %s, is ignored", (stored) => {
  localStorage.setItem("realtime-widgets.runs-metrics", stored);
  let columns: MetricColumns | undefined;
  const Columns = () => {
    columns = useMetricColumns([]);
    return null;
  };
  act(() => render(<Columns />, document.createElement("div")));

  expect(columns?.chosen).toEqual([]);
});
