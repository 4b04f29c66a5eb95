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
