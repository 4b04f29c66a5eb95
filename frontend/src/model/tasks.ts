// The tasks of a run, reduced from `build_progress` events as on the server (protocol 4.3).

import type { BuildProgress, TaskState } from "../protocol/messages.gen.js";
import { Pace } from "./pace.js";

/** Beyond it, the oldest task that has ended is forgotten. */
const MAX_TASKS = 200;

/** Greatest depth of a task. */
const MAX_PARENTS = 8;

/** Greatest length of the names of its parents together, in code points. */
const MAX_PATH = 512;

/** A task in the tree; its state is null where only its parts have reported. */
export interface Branch {
  name: string;
  /** Unique for the path. */
  key: string;
  state: TaskState | null;
  /** Its rate, from the reports that this view received. */
  pace: Pace | null;
  /** The id of the agent's step that it was reported in. */
  step: string | null;
  parts: Branch[];
}

interface Entry {
  state: TaskState;
  pace: Pace;
  step: string | null;
}

export class Tasks implements Iterable<TaskState> {
  /** By the key of their path, in the order of their first reports. */
  readonly #entries = new Map<string, Entry>();
  #forgotten = 0;

  /** Tasks of a server's state; `seen` are the tasks of the same attempt that this view has. */
  static from(states: readonly TaskState[], seen: Tasks): Tasks {
    const tasks = new Tasks();
    tasks.#forgotten = seen.forgotten;
    for (const state of states) {
      const key = keyOf(pathOf(state));
      const before = seen.#entries.get(key);
      // Reports are missing where the amount differs, and so are their times.
      const isSeen = before?.state.current === state.current;
      const pace = isSeen ? before.pace : new Pace();
      tasks.#entries.set(key, { state, pace, step: before?.step ?? null });
    }
    return tasks;
  }

  [Symbol.iterator](): Iterator<TaskState> {
    return [...this.#entries.values()].map(({ state }) => state)[Symbol.iterator]();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many tasks were forgotten. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** The tasks at the top level, the oldest first. */
  tree(): Branch[] {
    const roots: Branch[] = [];
    const branches = new Map<string, Branch>();
    for (const { state, pace, step } of this.#entries.values()) {
      let level = roots;
      const path = pathOf(state);
      for (const [index, name] of path.entries()) {
        const key = keyOf(path.slice(0, index + 1));
        let branch = branches.get(key);
        if (!branch) {
          branch = { name, key, state: null, pace: null, step, parts: [] };
          branches.set(key, branch);
          level.push(branch);
        }
        if (index === path.length - 1) Object.assign(branch, { state, pace, step });
        level = branch.parts;
      }
    }
    return roots;
  }

  /** Apply a report; `made` is its time in milliseconds since 1970. */
  update(report: BuildProgress, made: number | null): void {
    const state = this.#stateOf(report);
    const key = keyOf(pathOf(state));
    const before = this.#entries.get(key);
    const continues = before?.state.state === "running" || state.state !== "running";
    if (before && continues) state.began = before.state.began;
    const pace = before && !isRestart(before.state, state) ? before.pace : new Pace();
    pace.add(state.current, made);
    if (!before && this.#entries.size >= MAX_TASKS) this.#forgetOldest();
    this.#entries.set(key, { state, pace, step: report.step ?? before?.step ?? null });
  }

  #stateOf(report: BuildProgress): TaskState {
    const time = report.time ?? null;
    return {
      task: report.task,
      parents: this.#parentsOf(report),
      current: report.current,
      total: report.total ?? null,
      unit: report.unit ?? null,
      state: report.state ?? "running",
      began: time,
      updated: time,
    };
  }

  #parentsOf({ parent, parents, task }: BuildProgress): string[] {
    const names = parents ?? [];
    if (!parent) return names;
    return innermost([...this.#pathTo(parent, names[0] ?? task), ...names]);
  }

  /** The path to the newest task of a name that is not part of a task named `below`. */
  #pathTo(name: string, below: string): string[] {
    for (const { state } of [...this.#entries.values()].reverse()) {
      const path = pathOf(state);
      const toIt = path.slice(0, path.lastIndexOf(name) + 1);
      if (toIt.length > 0 && !toIt.includes(below)) return toIt;
    }
    return [name];
  }

  #forgetOldest(): void {
    const entries = [...this.#entries];
    const oldest = entries.find(([, { state }]) => state.state !== "running") ?? entries[0];
    if (oldest) this.#entries.delete(oldest[0]);
    this.#forgotten += 1;
  }
}

/** The innermost names of a path, within the bounds. */
function innermost(path: readonly string[]): string[] {
  const names = path.slice(-MAX_PARENTS);
  // Characters as Python counts them: code points.
  while ([...names.join("")].length > MAX_PATH) names.shift();
  return names;
}

function pathOf({ parents, task }: TaskState): string[] {
  return [...parents, task];
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** Whether a task that had ended or was complete is used for another loop. */
function isRestart(before: TaskState, { state, total }: TaskState): boolean {
  if (before.state !== "running") return state === "running";
  const wasComplete = before.total !== null && before.current >= before.total;
  return wasComplete && total !== before.total;
}

/** The share of a task that is done, 0 to 1; null where no total is known. */
export function shareDone({ current, total }: Pick<TaskState, "current" | "total">): number | null {
  if (total === null || total <= 0) return null;
  return Math.min(Math.max(current / total, 0), 1);
}

/** Most attempts whose tasks are kept; the oldest are dropped. */
const MAX_PAST = 20;

/** The tasks of the attempts before the newest one, as far as their events have come. */
export class PastTasks {
  readonly #all = new Map<number, Tasks>();

  add(attempt: number, tasks: Tasks): void {
    this.#all.set(attempt, tasks);
    if (this.#all.size > MAX_PAST) this.#all.delete(Math.min(...this.#all.keys()));
  }

  of(attempt: number): Tasks {
    return this.#all.get(attempt) ?? new Tasks();
  }
}
