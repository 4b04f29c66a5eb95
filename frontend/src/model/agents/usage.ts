// Tokens and costs of model calls, and their sums, as `protocol/agents/usage.py` has them.

import type { AgentWork, Cost, TokenUsage } from "../../protocol/messages.gen.js";

export type Sums = AgentWork["sums"];

/** Models that are counted apart; further ones are counted together, without a name. */
const MAX_MODELS = 50;

const MAX_CURRENCIES = 8;
const MAX_SOURCES = 8;

const COUNTS = [
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "reasoning_tokens",
  "cached_input_tokens",
  "cache_write_input_tokens",
] as const;

export function emptySums(): Sums {
  return { usage: [], costs: [], is_lower_bound: false };
}

/** Add the tokens of a call. */
export function addUsage({ usage: all }: Sums, usage: TokenUsage): void {
  const { provider, model } = usage;
  const known = all.find((one) => one.provider === provider && one.model === model);
  const last = all.at(-1);
  if (known) addCounts(known, usage);
  else if (all.length < MAX_MODELS) all.push({ ...usage });
  else if (last?.model === null && last.provider === null) addCounts(last, usage);
  else all.push({ ...usage, provider: null, model: null });
}

/** Add the cost of a call; null where it is not known. */
export function addCost(sums: Sums, cost: Cost | null): void {
  const known = sums.costs.find(({ currency }) => currency === cost?.currency);
  if (cost !== null && known) {
    known.amount += cost.amount;
    known.sources = [...new Set([...known.sources, ...cost.sources])].slice(0, MAX_SOURCES);
  } else if (cost !== null && sums.costs.length < MAX_CURRENCIES) {
    sums.costs.push({ ...cost });
  } else {
    sums.is_lower_bound = true;
  }
}

/** Add other sums. */
export function addSums(sums: Sums, other: Sums): void {
  for (const usage of other.usage) addUsage(sums, usage);
  for (const cost of other.costs) addCost(sums, cost);
  sums.is_lower_bound ||= other.is_lower_bound;
}

/** Take what a run reports about itself in place of the sum of its calls. */
export function replaceUsage(sums: Sums, usage: readonly TokenUsage[]): void {
  sums.usage = [];
  for (const counts of usage) addUsage(sums, counts);
  sums.is_lower_bound ||= sums.costs.length === 0;
}

function addCounts(sum: TokenUsage, usage: TokenUsage): void {
  for (const name of COUNTS) {
    const more = usage[name];
    if (more !== null) sum[name] = Math.min((sum[name] ?? 0) + more, Number.MAX_SAFE_INTEGER);
  }
}
