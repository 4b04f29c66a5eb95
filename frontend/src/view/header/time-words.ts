// How long models and tools took, in words.

import type { Timeline } from "../../model/timeline.js";
import { formatDuration } from "../../ui/format.js";

/** Smaller durations are not worth a word. */
const SHORTEST = 1_000;

/** "models 31 s · tools 12 s · waiting 4 min 00 s"; `now` ends what has not ended. */
export function timeWords(spent: Timeline["spent"], now: number): string {
  const words = (["models", "tools", "waiting"] as const).map((name) => {
    const { total, since } = spent[name];
    const time = (total ?? 0) + (since === null ? 0 : Math.max(now - since, 0));
    return time < SHORTEST ? "" : `${name} ${formatDuration(time)}`;
  });
  return words.filter((word) => word !== "").join(" · ");
}
