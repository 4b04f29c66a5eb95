// Sorts and filters the list of runs, and selects what a row shows.

import type { RunState, TaskState } from "../protocol/messages.gen.js";
import { statusName } from "../ui/words.js";

export type StatusFilter = "all" | "running" | "failed";

/** Names that a server gives to users whom it cannot identify, such as those of a shared token. */
const GENERIC_USERS = /^(kernel$|script$|Anonymous )/;

/** Whether the run is in progress. */
export function isActive({ status }: RunState): boolean {
  return status === "running" || status === "needs_input";
}

/** Since when an active run has no publisher, in milliseconds since 1970; null where it has one. */
export function goneAt(run: RunState): number | null {
  return isActive(run) && run.disconnected_at !== null ? run.disconnected_at * 1000 : null;
}

/** Whether the run failed, or was lost. */
export function isFailed({ status }: RunState): boolean {
  return status === "failed" || status === "lost";
}

/** Active runs first, then by start, the newest first; the server's order where those are equal. */
export function sortRuns(runs: readonly RunState[]): RunState[] {
  return runs.toSorted(
    (a, b) => Number(isActive(b)) - Number(isActive(a)) || compare(begun(b), begun(a)),
  );
}

export function matchesFilter(run: RunState, choice: StatusFilter): boolean {
  if (choice === "running") return isActive(run);
  return choice === "all" || isFailed(run);
}

/** Whether the texts that a row shows contain all words of the query. */
export function matchesQuery(run: RunState, query: string): boolean {
  const text = [run.sprint_id, statusName(run), run.message, run.notebook, run.program, userOf(run)]
    .join("\n")
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The user that published it, or null where the server could not identify one. */
export function userOf({ user }: RunState): string | null {
  return user === null || GENERIC_USERS.test(user) ? null : user;
}

/** The task for the progress of a row: the first unfinished one at the top level, or the last. */
export function mainTask(run: RunState): TaskState | null {
  if (run.status === "succeeded") return null;
  const paths = new Set(run.tasks.map(({ parents, task }) => JSON.stringify([...parents, task])));
  const outermost = run.tasks.filter(
    ({ parents }) => !parents.some((_, n) => paths.has(JSON.stringify(parents.slice(0, n + 1)))),
  );
  return outermost.find(({ state }) => state === "running") ?? outermost.at(-1) ?? null;
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The parts of a notebook's path; null for an unsafe one, because publishers choose it. */
export function partsOf(path: string): string[] | null {
  const parts = path.split("/");
  const isPlain = (part: string) => part !== "" && part !== "." && part !== "..";
  return parts.every(isPlain) && path.endsWith(".ipynb") ? parts : null;
}

function begun({ started, created }: RunState): string {
  return started ?? created ?? "";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
