// How long models and tools took, in words.

import type { AgentWork } from "../../model/agents/work.js";
import { firstTokenWords, formatCount, formatDuration } from "../../ui/format.js";

/** Smaller durations, in milliseconds, are not worth a word. */
const MIN_DURATION = 1_000;

type Times = Pick<AgentWork, "models" | "ran" | "waiting">;

/** "models 31 s · tools 12 s · waiting 4 min 00 s"; `now`, in milliseconds, ends what has not ended. */
export function timeWords({ models, ran, waiting }: Times, now: number): string {
  const words = Object.entries({ models, tools: ran, waiting }).map(([name, { total, since }]) => {
    const open = since === null ? 0 : Math.max(now - since * 1_000, 0);
    const time = (total ?? 0) * 1_000 + open;
    return time < MIN_DURATION ? "" : `${name} ${formatDuration(time)}`;
  });
  return words.filter((word) => word !== "").join(" · ");
}

/** "first token after 0.8 s, the mean of 12 calls"; "" where no call has a known one. */
export function meanTokenWords({ count, total }: AgentWork["first_tokens"]): string {
  if (count === 0) return "";
  const mean = firstTokenWords(Math.round((total / count) * 1_000));
  return count === 1 ? mean : `${mean}, the mean of ${formatCount(count, "call")}`;
}
