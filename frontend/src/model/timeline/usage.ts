// Counts of tokens, by provider and model.

import { isObject } from "../../protocol/messages.js";
import { amountOf, nameOf } from "./fields.js";
import type { TokenUsage } from "./node.js";

/** Most models that are counted apart; further ones are counted together, without a name. */
const MAX_MODELS = 50;

const COUNTS = [
  "inputTokens",
  "outputTokens",
  "totalTokens",
  "reasoningTokens",
  "cachedInputTokens",
  "cacheWriteInputTokens",
] as const;

/** Counts of one model call; null where the value has none. */
export function readUsage(value: unknown): TokenUsage | null {
  if (!isObject(value)) return null;
  const usage: TokenUsage = {};
  for (const name of COUNTS) {
    const count = amountOf(value[name]);
    if (count !== null) usage[name] = count;
  }
  if (Object.keys(usage).length === 0) return null;
  const provider = nameOf(value["provider"]);
  const model = nameOf(value["model"]);
  if (provider !== "") usage.provider = provider;
  if (model !== "") usage.model = model;
  return usage;
}

/** Sums of counts. A count that no summand has stays absent. */
export class UsageSums {
  #sums = new Map<string, TokenUsage>();

  add(usage: TokenUsage): void {
    const { provider, model } = usage;
    const key = JSON.stringify([provider ?? "", model ?? ""]);
    const isNamed = this.#sums.has(key) || this.#sums.size < MAX_MODELS;
    const sum = this.#sums.get(isNamed ? key : "") ?? {};
    if (isNamed && provider !== undefined) sum.provider = provider;
    if (isNamed && model !== undefined) sum.model = model;
    for (const name of COUNTS) {
      const count = usage[name];
      if (count !== undefined) {
        sum[name] = Math.min((sum[name] ?? 0) + count, Number.MAX_SAFE_INTEGER);
      }
    }
    this.#sums.set(isNamed ? key : "", sum);
  }

  /** The sums, by their first summands. */
  get list(): TokenUsage[] {
    return [...this.#sums.values()].map((sum) => ({ ...sum }));
  }
}
