import { expect, it } from "vitest";
import { Metric } from "../../../src/model/metrics/metric.js";
import { sectionsOf } from "../../../src/view/metrics/chart-groups.js";

const grouped = (...names: string[]) =>
  sectionsOf(names.map((name) => new Metric(name))).map(({ title, charts }) => [
    title,
    charts.map((chart) => [chart.title, chart.metrics.map(({ name }) => name)]),
  ]);

it("names that differ in train and val share a chart, others have a section by their first part", () => {
  expect(
    grouped("train/loss", "val/loss", "acc_train", "acc_test", "optim/lr", "optim/norm"),
  ).toEqual([
    [
      "",
      [
        ["loss", ["train/loss", "val/loss"]],
        ["acc", ["acc_train", "acc_test"]],
      ],
    ],
    [
      "optim",
      [
        ["optim/lr", ["optim/lr"]],
        ["optim/norm", ["optim/norm"]],
      ],
    ],
  ]);
});

it("a name of one part stays as it is", () => {
  expect(grouped("train", "loss", "")).toEqual([
    [
      "",
      [
        ["train", ["train"]],
        ["loss", ["loss"]],
        ["", [""]],
      ],
    ],
  ]);
});
