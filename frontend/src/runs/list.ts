// What a list of runs shows of them, in which order, and which of them are meant by some words.

import type { RunState, TaskState } from "../protocol/messages.gen.js";
import { statusName } from "../ui/words.js";

export type StatusFilter = "all" | "running" | "failed";

/** What a server calls those of whom it knows only that they had a token that others have too. */
const NOBODY = /^(kernel$|script$|Anonymous )/;

/** Whether somebody goes on with it. */
export function isUnderWay({ status }: RunState): boolean {
  return status === "running" || status === "needs_input";
}

/** Since when it goes on without a publisher, in milliseconds since 1970; null where it has one. */
export function goneAt(run: RunState): number | null {
  return isUnderWay(run) && run.disconnected_at !== null ? run.disconnected_at * 1000 : null;
}

/** Whether it went wrong, as far as anybody knows. */
export function isFailed({ status }: RunState): boolean {
  return status === "failed" || status === "lost";
}

/** Those under way first, then the newest; of two that began at once, as the server has them. */
export function sortRuns(runs: readonly RunState[]): RunState[] {
  return runs.toSorted(
    (a, b) => Number(isUnderWay(b)) - Number(isUnderWay(a)) || compare(begun(b), begun(a)),
  );
}

export function matchesFilter(run: RunState, choice: StatusFilter): boolean {
  if (choice === "running") return isUnderWay(run);
  return choice === "all" || isFailed(run);
}

/** Whether a run has all of these words in what the list shows of it. */
export function matchesQuery(run: RunState, query: string): boolean {
  const text = [run.sprint_id, statusName(run), run.message, run.notebook, run.program, userOf(run)]
    .join("\n")
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Who published it, or null where that says nothing. */
export function userOf({ user }: RunState): string | null {
  return user === null || NOBODY.test(user) ? null : user;
}

/** The task that tells how far a run is: the first of the outermost that goes on, or the last. */
export function mainTask(run: RunState): TaskState | null {
  if (run.status === "succeeded") return null;
  const paths = new Set(run.tasks.map(({ parents, task }) => JSON.stringify([...parents, task])));
  const outermost = run.tasks.filter(
    ({ parents }) => !parents.some((_, n) => paths.has(JSON.stringify(parents.slice(0, n + 1)))),
  );
  return outermost.find(({ state }) => state === "running") ?? outermost.at(-1) ?? null;
}

/** How much of a task is done, 0 to 1; null where that is not known. */
export function shareOf({ current, total }: TaskState): number | null {
  if (total === null || total <= 0) return null;
  return Math.min(Math.max(current / total, 0), 1);
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The parts of a notebook's path; null for one that leads elsewhere, which a publisher may say. */
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
