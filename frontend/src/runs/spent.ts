// Tokens and costs of a run in the list.

import type { TokenUsage } from "../model/timeline/node.js";
import type { Sums } from "../model/timeline/totals.js";
import type { RunState, TokenUsage as SentUsage } from "../protocol/messages.gen.js";
import { costWords, totalWords } from "../ui/tokens.js";

const NOTHING: Sums = { usage: [], costs: [], isLowerBound: false };

/** The sums of a run; of an older server, which sends none, they are empty. */
export function sumsOf({ agents }: RunState): Sums {
  if (!agents?.sums) return NOTHING;
  const { usage, costs, is_lower_bound: isLowerBound } = agents.sums;
  return { usage: usage.map(usageOf), costs, isLowerBound };
}

/** "14.2k tokens · $0.031"; "" where no model was called. */
export function spentWords(sums: Sums): string {
  return [totalWords(sums), costWords(sums)].filter((words) => words !== "").join(" · ");
}

/** What is not known is left out. */
function usageOf(sent: SentUsage): TokenUsage {
  const fields = {
    provider: sent.provider,
    model: sent.model,
    inputTokens: sent.input_tokens,
    outputTokens: sent.output_tokens,
    totalTokens: sent.total_tokens,
    reasoningTokens: sent.reasoning_tokens,
    cachedInputTokens: sent.cached_input_tokens,
    cacheWriteInputTokens: sent.cache_write_input_tokens,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
