import { describe, expect, it } from "vitest";
import { tokenUsage } from "../../dev/run-state.js";
import { emptySums, type Sums } from "../../src/model/agents/usage.js";
import { costWords, spentLines, tokenWords, totalWords } from "../../src/ui/tokens.js";

const NOTHING = emptySums();
const sums = (more: Partial<Sums>): Sums => ({ ...NOTHING, ...more });
const GPT = tokenUsage({ input_tokens: 12_400, output_tokens: 2_100 });
const dollars = (amount: number) => ({ currency: "USD", amount, sources: ["provider"] });

describe("tokens", () => {
  it("are few figures, and none where nothing is known", () => {
    expect(tokenWords(NOTHING)).toBe("");
    expect(tokenWords(sums({ usage: [GPT] }))).toBe("12.4k in · 2.1k out");
    expect(tokenWords(sums({ usage: [tokenUsage({ output_tokens: 0 })] }))).toBe("0 out");
    expect(tokenWords(sums({ usage: [GPT, tokenUsage({ output_tokens: 5 })] }))).toBe(
      "≥ 12.4k in · 2.1k out",
    );
  });

  it("are added up without their parts, which are inside", () => {
    const usage = [{ ...GPT, cached_input_tokens: 8_000, reasoning_tokens: 600 }];

    expect(totalWords(sums({ usage }))).toBe("14.5k tokens");
    expect(totalWords(sums({ usage: [tokenUsage({ total_tokens: 70 })] }))).toBe("70 tokens");
    expect(totalWords(sums({ usage: [tokenUsage({ input_tokens: 70 })] }))).toBe("≥ 70 tokens");
    expect(totalWords(sums({ usage: [tokenUsage()] }))).toBe("");
    expect(totalWords(NOTHING)).toBe("");
  });
});

describe("the cost", () => {
  it.each([
    ["", NOTHING],
    ["cost unknown", sums({ usage: [GPT] })],
    ["cost unknown", sums({ is_lower_bound: true })],
    ["$0.041", sums({ usage: [GPT], costs: [dollars(0.0412)] })],
    ["≥ $0.041", sums({ costs: [dollars(0.0412)], is_lower_bound: true })],
    ["$12.35", sums({ costs: [dollars(12.345)] })],
    ["<$0.0001", sums({ costs: [dollars(0.00002)] })],
    ["$1.00 + 2.00 EUR", sums({ costs: [dollars(1), { ...dollars(2), currency: "EUR" }] })],
  ])("is %j", (words, given) => {
    expect(costWords(given)).toBe(words);
  });

  it("has its models, parts and sources in lines", () => {
    const usage = [
      { ...GPT, cached_input_tokens: 8_000 },
      tokenUsage({ provider: null, model: "local", output_tokens: 3 }),
    ];

    expect(spentLines(sums({ usage, costs: [dollars(0.041)], is_lower_bound: true }))).toEqual([
      "gpt (openai): 12,400 in (8,000 cached), 2,100 out",
      "local: unknown in, 3 out",
      "cost ≥ $0.041 (from provider); the cost of some calls is unknown",
    ]);
  });
});
