import { expect, it } from "vitest";
import { formatValue } from "../../src/ui/format-value.js";

it.each([
  [null, "none"],
  [0.25312, "0.253"],
  [12.345, "12.35"],
  [1.25e12, "1.25e12"],
  [-1e300, "-1e300"],
  [Number.NaN, "NaN"],
  [Number.NEGATIVE_INFINITY, "-∞"],
])("the value %s is written as %s", (value, text) => {
  expect(formatValue(value)).toBe(text);
});
