// Tokens and costs of a run's agents in words. What is not known is never a 0.

import type { Sums } from "../model/agents/usage.js";
import type { Cost, TokenUsage } from "../protocol/messages.gen.js";
import { formatNumber, formatShortCount } from "./format.js";

/** Smaller amounts of money are not written out. */
const MIN_COST = 0.0001;

/** "12.4k in · 2.1k out"; "" where no count is known. */
export function tokenWords({ usage }: Sums): string {
  const words = [partWords(usage, "input_tokens", "in"), partWords(usage, "output_tokens", "out")];
  const known = words.filter((word) => word !== "");
  return known.length > 0 ? known.join(" · ") : partWords(usage, "total_tokens", "tokens");
}

/** "14.5k tokens": input and output together, in one figure; "" where no count is known. */
export function totalWords({ usage }: Sums): string {
  const totals = usage.map(totalOf);
  const sum = totals.reduce((all, { count }) => all + count, 0);
  if (totals.every(({ isKnown, count }) => !isKnown && count === 0)) return "";
  const isLowerBound = totals.some(({ isKnown }) => !isKnown);
  return `${isLowerBound ? "≥ " : ""}${formatShortCount(sum)} tokens`;
}

/** "$0.041", "≥ $0.041", "cost unknown"; "" where no model was called. */
export function costWords({ usage, costs, is_lower_bound: isLowerBound }: Sums): string {
  if (costs.length === 0) return usage.length > 0 || isLowerBound ? "cost unknown" : "";
  const amounts = costs.map(formatCost).join(" + ");
  return isLowerBound ? `≥ ${amounts}` : amounts;
}

/** One line for each model, and one for the cost. */
export function spentLines(sums: Sums): string[] {
  const lines = sums.usage.map(modelLine);
  if (sums.costs.length === 0) return [...lines, costWords(sums)].filter((line) => line !== "");
  const sources = [...new Set(sums.costs.flatMap((cost) => cost.sources))];
  const from = sources.length > 0 ? ` (from ${sources.join(", ")})` : "";
  const bound = sums.is_lower_bound ? "; the cost of some calls is unknown" : "";
  return [...lines, `cost ${costWords(sums)}${from}${bound}`];
}

/** What a model read and wrote, and whether both are known; else the sum is of what is known. */
function totalOf({ input_tokens: read, output_tokens: written, total_tokens: total }: TokenUsage): {
  count: number;
  isKnown: boolean;
} {
  const parts = (read ?? 0) + (written ?? 0);
  const isWhole = read !== null && written !== null;
  if (isWhole || total === null) return { count: parts, isKnown: isWhole };
  return { count: Math.max(total, parts), isKnown: true };
}

function partWords(
  usage: readonly TokenUsage[],
  part: "input_tokens" | "output_tokens" | "total_tokens",
  word: string,
): string {
  const counts = usage.flatMap((each) => each[part] ?? []);
  if (counts.length === 0) return "";
  const sum = counts.reduce((all, count) => all + count, 0);
  return `${counts.length < usage.length ? "≥ " : ""}${formatShortCount(sum)} ${word}`;
}

function modelLine(usage: TokenUsage): string {
  const { provider, model } = usage;
  const name = [model ?? "unknown model", provider && `(${provider})`].filter(Boolean).join(" ");
  const aside = (count: number | null, word: string) =>
    count === null ? "" : ` (${formatNumber(count)} ${word})`;
  const part = (count: number | null, word: string) =>
    `${count === null ? "unknown" : formatNumber(count)} ${word}`;
  const cached = aside(usage.cached_input_tokens, "cached");
  const reasoning = aside(usage.reasoning_tokens, "reasoning");
  return `${name}: ${part(usage.input_tokens, "in")}${cached}, ${part(usage.output_tokens, "out")}${reasoning}`;
}

function formatCost({ amount, currency }: Cost): string {
  const write = (text: string) => (currency === "USD" ? `$${text}` : `${text} ${currency}`);
  if (amount > 0 && amount < MIN_COST) return `<${write(String(MIN_COST))}`;
  return write(amount >= 1 || amount === 0 ? amount.toFixed(2) : String(+amount.toPrecision(2)));
}
