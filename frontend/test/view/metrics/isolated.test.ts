import { expect, it } from "vitest";
import { isolatedIn } from "../../../src/view/metrics/isolated.js";

it.each<[string, (number | null | undefined)[], number[] | null]>([
  ["the only value", [1], [0]],
  [
    "a value between two gaps, at either end, and none of a line",
    [1, null, 2, null, 3, 4, null, 5],
    [0, 2, 7],
  ],
  ["a value beside which only other curves have an x", [undefined, 1, undefined], [1]],
  ["none of a line across an x of other curves", [1, undefined, 2], null],
  ["none of an empty curve", [], null],
  ["none of a curve of gaps", [null, null], null],
])("%s is isolated", (_, values, isolated) => {
  expect(isolatedIn(values)).toEqual(isolated);
});
