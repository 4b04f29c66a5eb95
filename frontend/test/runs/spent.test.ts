import { expect, it } from "vitest";
import { agentWork, runState, tokenUsage } from "../../dev/run-state.js";
import { spentWords, sumsOf } from "../../src/runs/spent.js";

const run = (
  usage: ReturnType<typeof tokenUsage>[],
  amount: number | null = null,
  is_lower_bound = false,
) => {
  const costs = amount === null ? [] : [{ currency: "USD", amount, sources: ["provider"] }];
  return runState({ agents: agentWork({ sums: { usage, costs, is_lower_bound } }) });
};

it.each([
  ["of a run without agents are nothing", runState(), ""],
  ["of agents that called no model are nothing", runState({ agents: agentWork() }), ""],
  [
    "are one figure with the cost",
    run([tokenUsage({ input_tokens: 12_100, output_tokens: 2_100 })], 0.031),
    "14.2k tokens · $0.031",
  ],
  [
    "have an unknown cost and not 0",
    run([tokenUsage({ input_tokens: 10, output_tokens: 0 })]),
    "10 tokens · cost unknown",
  ],
  [
    "are lower bounds where a part is unknown",
    run([tokenUsage({ input_tokens: 900 }), tokenUsage({ total_tokens: 100 })], 0.5, true),
    "≥ 1.0k tokens · ≥ $0.5",
  ],
  ["without any count are not 0", run([tokenUsage()]), "cost unknown"],
])("the tokens %s", (_, given, words) => {
  expect(spentWords(sumsOf(given))).toBe(words);
});
