import { expect, it } from "vitest";
import { settingRows } from "../../../../src/view/metrics/compare/differences.js";
import { areExtreme } from "../../../../src/view/metrics/compare/overlay.js";

it("settings that differ come first, and what a run does not have is a difference", () => {
  const rows = settingRows([
    { seed: 1, lr: 0.1, amp: true },
    { seed: 1, lr: 0.2, amp: true, resume: null },
  ]);
  expect(rows.map(({ name, values, isEqual }) => [name, values, isEqual])).toEqual([
    ["lr", ["0.1", "0.2"], false],
    ["resume", [null, "none"], false],
    ["seed", ["1", "1"], true],
    ["amp", ["true", "true"], true],
  ]);
});

it.each([
  [[1, 2, null], true, [true, false, false]],
  [[1, 2, 2], false, [false, true, true]],
  [[1, 1], true, [false, false]],
  [[null, 3], true, [false, false]],
])("of %j the extreme values are marked where they differ", (values, isMin, expected) => {
  expect(areExtreme(values, isMin)).toEqual(expected);
});
