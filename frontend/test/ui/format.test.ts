// Replays tests/vectors/format.json, as the Python side does.
import { expect, it } from "vitest";
import { vectors } from "../../../tests/vectors/format.json" with { type: "json" };
import * as format from "../../src/ui/format.js";

type Given = [number, number | null, string | null];

const RULES: Record<string, (...given: Given) => string> = {
  number: (value) => format.formatNumber(value),
  count: (...given) => format.formatCount(given[0], String(given[1])),
  amount: (...given) => format.formatAmount(...given),
  rate: (...given) => format.formatRate(given[0], given[1] === null ? null : String(given[1])),
  duration: (seconds) => format.formatDuration(seconds * 1000),
  span: (seconds) => format.formatSpan(seconds * 1000),
  share: (share) => format.formatShare(share),
};

it.each(vectors)("a $rule is written as $text", ({ rule, given, text }) => {
  expect(RULES[rule]?.(...(given as Given))).toBe(text);
});

it.each([
  [812, "812"],
  [1_000, "1.0k"],
  [8_000, "8.0k"],
  [99_949, "99.9k"],
  [123_456, "123k"],
  [999_499, "999k"],
  [1_200_000, "1.2M"],
])("%d tokens are written as %s, in each view", (count, text) => {
  expect(format.formatShortCount(count)).toBe(text);
});
