import { expect, it } from "vitest";
import { RunMetrics } from "../../../src/model/metrics/run-metrics.js";
import { csvOf } from "../../../src/view/metrics/export.js";

it("a CSV file has a line for each bucket, and no name that a spreadsheet calculates", () => {
  const metrics = new RunMetrics();
  const values = { '=1+"1"': [2, null], loss: [null, 0.5] };
  metrics.add({ type: "metrics", steps: [3, 4], values, times: [0, 1] }, 100_000, 1);

  expect(csvOf(metrics).split("\n")).toEqual([
    "metric,step,time,mean,min,max,count",
    `"'=1+""1""",3,100,2,2,2,1`,
    '"loss",4,101,0.5,0.5,0.5,1',
    "",
  ]);
});
