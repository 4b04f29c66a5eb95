import { describe, expect, it } from "vitest";
import type { Sums } from "../../../src/model/timeline/totals.js";
import {
  costWords,
  formatTokens,
  spentLines,
  timeWords,
  tokenWords,
} from "../../../src/view/header/spent-words.js";

const NOTHING: Sums = { usage: [], costs: [], isLowerBound: false };
const sums = (more: Partial<Sums>): Sums => ({ ...NOTHING, ...more });
const GPT = { provider: "openai", model: "gpt", inputTokens: 12_400, outputTokens: 2_100 };
const dollars = (amount: number) => ({ currency: "USD", amount, sources: ["provider"] });

describe("tokens", () => {
  it("are few figures, and none where nothing is known", () => {
    expect(tokenWords(NOTHING)).toBe("");
    expect(tokenWords(sums({ usage: [GPT] }))).toBe("12.4k in · 2.1k out");
    expect(tokenWords(sums({ usage: [{ outputTokens: 0 }] }))).toBe("0 out");
    expect(tokenWords(sums({ usage: [GPT, { outputTokens: 5 }] }))).toBe("≥ 12.4k in · 2.1k out");
  });

  it.each([
    [812, "812"],
    [1_000, "1.0k"],
    [99_949, "99.9k"],
    [123_456, "123k"],
    [999_499, "999k"],
    [1_200_000, "1.2M"],
  ])("%d are %s", (count, words) => {
    expect(formatTokens(count)).toBe(words);
  });
});

describe("the cost", () => {
  it.each([
    ["", NOTHING],
    ["cost unknown", sums({ usage: [GPT] })],
    ["cost unknown", sums({ isLowerBound: true })],
    ["$0.041", sums({ usage: [GPT], costs: [dollars(0.0412)] })],
    ["≥ $0.041", sums({ costs: [dollars(0.0412)], isLowerBound: true })],
    ["$12.35", sums({ costs: [dollars(12.345)] })],
    ["<$0.0001", sums({ costs: [dollars(0.00002)] })],
    ["$1.00 + 2.00 EUR", sums({ costs: [dollars(1), { ...dollars(2), currency: "EUR" }] })],
  ])("is %j", (words, given) => {
    expect(costWords(given)).toBe(words);
  });

  it("has its models, parts and sources in lines", () => {
    const usage = [
      { ...GPT, cachedInputTokens: 8_000 },
      { model: "local", outputTokens: 3 },
    ];

    expect(spentLines(sums({ usage, costs: [dollars(0.041)], isLowerBound: true }))).toEqual([
      "gpt (openai): 12,400 in (8,000 cached), 2,100 out",
      "local: unknown in, 3 out",
      "cost ≥ $0.041 (from provider); the cost of some calls is unknown",
    ]);
  });
});

it("the times of models and tools go on until what is open has ended", () => {
  const spent = {
    models: { total: 31_000, since: null },
    tools: { total: null, since: 5_000 },
    waiting: { total: null, since: null },
  };

  expect(timeWords(spent, 17_000)).toBe("models 31 s · tools 12 s");
});
