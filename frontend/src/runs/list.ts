// Filters the list of runs, and selects what a row shows.

import type { RunState, TaskState } from "../protocol/messages.gen.js";
import { statusName } from "../ui/words.js";

export type StatusFilter = "all" | "running" | "waiting" | "failed";

/** Names that a server gives to users whom it cannot identify, such as those of a shared token. */
const GENERIC_USERS = /^(kernel$|script$|Anonymous )/;

/** Whether the run is in progress. */
export function isActive({ status }: RunState): boolean {
  return status === "running" || status === "needs_input";
}

/** Whether a publisher is to continue it, so that it cannot be deleted; agents alone may need input. */
export function expectsPublisher(run: RunState): boolean {
  return isActive(run) && run.members.left.length > 0;
}

/** Since when an active run has no publisher, in milliseconds since 1970; null where it has one. */
export function goneAt(run: RunState): number | null {
  return isActive(run) && run.disconnected_at !== null ? run.disconnected_at * 1000 : null;
}

/** Whether the run failed, or was lost. */
export function isFailed({ status }: RunState): boolean {
  return status === "failed" || status === "lost";
}

export function matchesFilter(run: RunState, choice: StatusFilter): boolean {
  switch (choice) {
    case "all":
      return true;
    case "running":
      return run.status === "running";
    case "waiting":
      return run.status === "needs_input";
    case "failed":
      return isFailed(run);
  }
}

/** The number of runs that match each filter. */
export function countRuns(runs: readonly RunState[]): Record<StatusFilter, number> {
  const counts = { all: runs.length, running: 0, waiting: 0, failed: 0 };
  for (const run of runs) {
    if (run.status === "running") counts.running += 1;
    else if (run.status === "needs_input") counts.waiting += 1;
    else if (isFailed(run)) counts.failed += 1;
  }
  return counts;
}

/** Whether the texts of a row, and title, tags and configuration, contain all words of the query. */
export function matchesQuery(run: RunState, query: string): boolean {
  const { sprint_id: id, message, last_line: line, notebook, program } = run;
  const { title, tags = [], config = {} } = run.details ?? {};
  const settings = Object.entries(config).map(([name, value]) => `${name}=${value}`);
  const shown = [id, statusName(run), message, line?.text, notebook, program, userOf(run)];
  const text = [...shown, title, ...tags, ...settings].join("\n").toLowerCase();
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

/** What an active run is doing: the names of its open step or task and of those around it. */
export function openPath(run: RunState): string[] {
  if (!isActive(run)) return [];
  const steps = run.agents?.path ?? [];
  if (steps.length > 0) return steps;
  const task = run.tasks.findLast(({ state }) => state === "running");
  return task === undefined ? [] : [...task.parents, task.task];
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
