// Replays tests/vectors/columns.json, as the Python side does; the README there has the format.
import { describe, expect, it } from "vitest";
import { vectors } from "../../../../tests/vectors/columns.json" with { type: "json" };
import { numbersOf, valuesOf } from "../../../src/model/metrics/columns.js";
import type { PackedNumbers, Ranges } from "../../../src/protocol/messages.gen.js";

describe("columns.json", () => {
  it.each(vectors)("$name", ({ form, numbers }) => {
    const made = form.ranges
      ? numbersOf(form as Ranges)
      : valuesOf(form as unknown as PackedNumbers);
    expect(made).toEqual(numbers);
  });
});

describe("a column", () => {
  it("is taken as it is where it is a list", () => {
    expect(numbersOf([1, 2])).toEqual([1, 2]);
    expect(valuesOf([1, "NaN", null])).toEqual([1, "NaN", null]);
  });

  it("has at most as many numbers as an event has rows, also where no server has checked it", () => {
    expect(numbersOf({ ranges: [[0, 1, 1e9]] })).toHaveLength(500);
    const packed = btoa("\x3f".repeat(4_000));
    expect(valuesOf({ head: "3f", width: 1, packed })).toHaveLength(500);
  });
});
