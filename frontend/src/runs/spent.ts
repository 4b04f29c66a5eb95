// Tokens and costs of a run in the list.

import { emptySums, type Sums } from "../model/agents/usage.js";
import type { RunState } from "../protocol/messages.gen.js";
import { costWords, totalWords } from "../ui/tokens.js";

export function sumsOf({ agents }: RunState): Sums {
  return agents?.sums ?? emptySums();
}

/** "14.2k tokens · $0.031"; "" where no model was called. */
export function spentWords(sums: Sums): string {
  return [totalWords(sums), costWords(sums)].filter((words) => words !== "").join(" · ");
}
