// Tokens, cost and time of a run's agents in words. What is not known is never a 0.

import type { TokenUsage } from "../../model/timeline/node.js";
import type { CostSum, Sums } from "../../model/timeline/totals.js";
import type { Timeline } from "../../model/timeline.js";
import { formatDuration, formatNumber } from "../../ui/format.js";

/** Smaller amounts of money are not written out. */
const SMALLEST_COST = 0.0001;

/** Smaller durations are not worth a word. */
const SHORTEST = 1_000;

/** "12.4k in · 2.1k out"; "" where no count is known. */
export function tokenWords({ usage }: Sums): string {
  const words = [partWords(usage, "inputTokens", "in"), partWords(usage, "outputTokens", "out")];
  const known = words.filter((word) => word !== "");
  return known.length > 0 ? known.join(" · ") : partWords(usage, "totalTokens", "tokens");
}

/** "$0.041", "≥ $0.041", "cost unknown"; "" where no model was called. */
export function costWords({ usage, costs, isLowerBound }: Sums): string {
  if (costs.length === 0) return usage.length > 0 || isLowerBound ? "cost unknown" : "";
  const amounts = costs.map(formatCost).join(" + ");
  return isLowerBound ? `≥ ${amounts}` : amounts;
}

/** "models 31 s · tools 12 s · waiting 4 min 00 s"; `now` ends what has not ended. */
export function timeWords(spent: Timeline["spent"], now: number): string {
  const words = (["models", "tools", "waiting"] as const).map((name) => {
    const { total, since } = spent[name];
    const time = (total ?? 0) + (since === null ? 0 : Math.max(now - since, 0));
    return time < SHORTEST ? "" : `${name} ${formatDuration(time)}`;
  });
  return words.filter((word) => word !== "").join(" · ");
}

/** One line for each model, and one for the cost. */
export function spentLines(sums: Sums): string[] {
  const lines = sums.usage.map(modelLine);
  if (sums.costs.length === 0) return [...lines, costWords(sums)].filter((line) => line !== "");
  const sources = [...new Set(sums.costs.flatMap((cost) => cost.sources))];
  const from = sources.length > 0 ? ` (from ${sources.join(", ")})` : "";
  const bound = sums.isLowerBound ? "; the cost of some calls is unknown" : "";
  return [...lines, `cost ${costWords(sums)}${from}${bound}`];
}

/** "812", "12.4k", "1.2M". */
export function formatTokens(count: number): string {
  if (count < 1_000) return String(count);
  const [scaled, unit] = count < 999_950 ? [count / 1_000, "k"] : [count / 1_000_000, "M"];
  return `${scaled >= 99.95 ? Math.round(scaled) : scaled.toFixed(1)}${unit}`;
}

function partWords(
  usage: readonly TokenUsage[],
  part: "inputTokens" | "outputTokens" | "totalTokens",
  word: string,
): string {
  const counts = usage.flatMap((each) => each[part] ?? []);
  if (counts.length === 0) return "";
  const sum = counts.reduce((all, count) => all + count, 0);
  return `${counts.length < usage.length ? "≥ " : ""}${formatTokens(sum)} ${word}`;
}

function modelLine(usage: TokenUsage): string {
  const { provider, model } = usage;
  const name = [model ?? "unknown model", provider && `(${provider})`].filter(Boolean).join(" ");
  const aside = (count: number | undefined, word: string) =>
    count === undefined ? "" : ` (${formatNumber(count)} ${word})`;
  const part = (count: number | undefined, word: string) =>
    `${count === undefined ? "unknown" : formatNumber(count)} ${word}`;
  const cached = aside(usage.cachedInputTokens, "cached");
  const reasoning = aside(usage.reasoningTokens, "reasoning");
  return `${name}: ${part(usage.inputTokens, "in")}${cached}, ${part(usage.outputTokens, "out")}${reasoning}`;
}

function formatCost({ amount, currency }: CostSum): string {
  const write = (text: string) => (currency === "USD" ? `$${text}` : `${text} ${currency}`);
  if (amount > 0 && amount < SMALLEST_COST) return `<${write(String(SMALLEST_COST))}`;
  return write(amount >= 1 || amount === 0 ? amount.toFixed(2) : String(+amount.toPrecision(2)));
}
