// Values of events as the state of a run keeps them: names are shorter than in the timeline, and
// what is not known is null.

import type { Cost, TokenUsage } from "../../protocol/messages.gen.js";
import { textOf } from "../timeline/fields.js";
import type * as shown from "../timeline/node.js";
import { readUsage } from "../timeline/usage.js";

/** Most characters of an id or a name, of which states have many. */
const MAX_NAME = 200;

/** Most characters of the question of an interrupt. */
const MAX_QUESTION = 1_000;

export function shortName(value: unknown): string {
  return cut(textOf(value), MAX_NAME);
}

export function questionOf(value: unknown): string {
  return cut(textOf(value), MAX_QUESTION);
}

/** The counts of one model call; null where the value has none. */
export function sentUsage(value: unknown): TokenUsage | null {
  const usage = readUsage(value);
  return usage && usageOf(usage);
}

export function usageOf(usage: shown.TokenUsage): TokenUsage {
  return {
    provider: shortName(usage.provider) || null,
    model: shortName(usage.model) || null,
    input_tokens: usage.inputTokens ?? null,
    output_tokens: usage.outputTokens ?? null,
    total_tokens: usage.totalTokens ?? null,
    reasoning_tokens: usage.reasoningTokens ?? null,
    cached_input_tokens: usage.cachedInputTokens ?? null,
    cache_write_input_tokens: usage.cacheWriteInputTokens ?? null,
  };
}

export function costOf({ amount, currency, source }: shown.Cost): Cost {
  return { currency, amount, sources: source === "" ? [] : [source] };
}

/** The first characters of a text; Python counts those beyond the basic plane once. */
function cut(text: string, most: number): string {
  return text.length > most ? [...text.slice(0, 2 * most)].slice(0, most).join("") : text;
}
