// Divides the rows of the list under headings.

import type { RunState } from "../protocol/messages.gen.js";
import { begunAt, type RunOrder } from "./order.js";

export interface RunGroup {
  /** "" for rows without a heading. */
  title: string;
  runs: RunState[];
}

/** Divide sorted runs. Only the order of `newest` has headings: another one would be torn apart. */
export function groupRuns(runs: readonly RunState[], order: RunOrder, now: number): RunGroup[] {
  const titleOf = order === "newest" ? headings(now) : () => "";
  const groups: RunGroup[] = [];
  for (const run of runs) {
    const title = titleOf(run);
    const newest = groups.at(-1);
    if (newest?.title === title) newest.runs.push(run);
    else groups.push({ title, runs: [run] });
  }
  return groups;
}

/** The days are those of this browser's time zone. */
function headings(now: number): (run: RunState) => string {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  const today = midnight.toISOString();
  midnight.setDate(midnight.getDate() - 1);
  const yesterday = midnight.toISOString();
  return (run) => {
    if (run.status === "needs_input") return "Waits for you";
    if (run.status === "running") return "Running";
    const begun = begunAt(run);
    if (begun >= today) return "Today";
    return begun >= yesterday ? "Yesterday" : "Earlier";
  };
}
