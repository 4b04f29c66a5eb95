// Counts of tokens, by provider and model.

import { isObject } from "../../protocol/messages.js";
import { amountOf, nameOf } from "./fields.js";
import type { TokenUsage } from "./node.js";

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
