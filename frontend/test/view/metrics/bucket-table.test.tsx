// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, it } from "vitest";
import { Metric } from "../../../src/model/metrics/metric.js";
import { BucketTable } from "../../../src/view/metrics/bucket-table.js";

it("a chart as a table has a row for each bucket, and more as values come", () => {
  const metric = new Metric("loss");
  for (const [step, value] of [5, 3, 3, 9].entries()) metric.add(step, value, null);
  const root = document.createElement("div");
  const draw = () => act(() => render(<BucketTable title="loss" metrics={[metric]} />, root));
  draw();

  const rows = () => [...root.querySelectorAll("tbody tr")].map((row) => row.textContent);
  expect(rows()).toEqual(["05551", "13331", "23331", "39991"]);

  for (let step = 4; step <= 2_000; step += 1) metric.add(step, step, null);
  draw();
  expect(rows()).toHaveLength(metric.series.length);
  expect(rows().at(-1)).toBe("2,0002,0002,0002,0001");
});

it("the metrics of a chart are named in its table", () => {
  const metrics = ["train/loss", "val/loss"].map((name) => {
    const metric = new Metric(name);
    metric.add(0, 0.5, null);
    return metric;
  });
  const root = document.createElement("div");
  act(() => render(<BucketTable title="loss" metrics={metrics} />, root));

  expect([...root.querySelectorAll("[scope=rowgroup]")].map((name) => name.textContent)).toEqual([
    "train/loss",
    "val/loss",
  ]);
});
