// The tree of tasks that `build_progress` events describe.

import type { BuildProgress, TaskState } from "./messages.gen.js";
import { Pace } from "./pace.js";

/** Tasks kept; beyond it the oldest that has ended makes room: a list for eyes. */
const MAX_TASKS = 200;

/** How far up a parent is looked for; a deeper tree is no use to eyes, and a ring has an end. */
const MAX_DEPTH = 32;

export interface Task {
  name: string;
  parent: Task | null;
  children: Set<Task>;
  /** Null while only its parts have reported. */
  current: number | null;
  total: number | null;
  unit: string | null;
  state: "running" | "succeeded" | "failed";
  /** How fast it goes; it knows nothing of reports that this view missed. */
  pace: Pace;
}

export class Tasks {
  readonly #byName = new Map<string, Task>();
  readonly #roots = new Set<Task>();
  #forgotten = 0;

  /** Tasks as a server tells them; `seen` are those of the same attempt that this view knew. */
  static from(states: readonly TaskState[], seen: Tasks): Tasks {
    const tasks = new Tasks();
    tasks.#forgotten = seen.forgotten;
    for (const state of states) {
      tasks.update({ type: "build_progress", ...state }, null);
      const task = tasks.#byName.get(state.task);
      const before = seen.#byName.get(state.task);
      // One that moved unseen did so at a time that nobody knows.
      if (!task || before?.current !== state.current) continue;
      task.pace = before.pace;
    }
    return tasks;
  }

  /** The tasks that are part of no other, oldest first. */
  get roots(): ReadonlySet<Task> {
    return this.#roots;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** How many tasks made room for others. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Take a report; `time` is milliseconds since 1970. */
  update(report: BuildProgress, time: number | null): void {
    const task = this.#get(report.task, null);
    if (beginsAnew(task, report)) task.pace = new Pace();
    task.pace.add(report.current, time);
    task.current = report.current;
    task.total = report.total ?? null;
    task.unit = report.unit ?? null;
    task.state = report.state ?? "running";
    const parent = report.parent ?? null;
    if (parent !== (task.parent?.name ?? null)) {
      this.#move(task, parent === null ? null : this.#get(parent, task));
    }
  }

  /** The task of that name; a new one may take any other's room but that of `kept`. */
  #get(name: string, kept: Task | null): Task {
    const known = this.#byName.get(name);
    if (known) return known;
    if (this.#byName.size >= MAX_TASKS) this.#makeRoom(kept);
    const task: Task = {
      name,
      parent: null,
      children: new Set(),
      current: null,
      total: null,
      unit: null,
      state: "running",
      pace: new Pace(),
    };
    this.#byName.set(name, task);
    this.#roots.add(task);
    return task;
  }

  #move(task: Task, parent: Task | null): void {
    // A task that would be its own ancestor would vanish from the tree.
    const target = parent === null || isBelow(parent, task) ? null : parent;
    (task.parent?.children ?? this.#roots).delete(task);
    task.parent = target;
    (target?.children ?? this.#roots).add(task);
  }

  #makeRoom(kept: Task | null): void {
    const tasks = [...this.#byName.values()].filter((task) => task !== kept);
    const oldest = tasks.find((task) => task.state !== "running") ?? tasks[0];
    if (!oldest) return;
    for (const child of [...oldest.children]) this.#move(child, null);
    (oldest.parent?.children ?? this.#roots).delete(oldest);
    this.#byName.delete(oldest.name);
    this.#forgotten += 1;
  }
}

/** Whether a task that had ended, or had all that it counted, goes on with something else. */
function beginsAnew(task: Task, { state, total }: BuildProgress): boolean {
  if (task.state !== "running") return (state ?? "running") === "running";
  const wasComplete = task.current !== null && task.total !== null && task.current >= task.total;
  return wasComplete && (total ?? null) !== task.total;
}

/** Whether `task` is `ancestor`, or too deep below it to tell. */
function isBelow(task: Task, ancestor: Task): boolean {
  let above: Task | null = task;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (above === null) return false;
    if (above === ancestor) return true;
    above = above.parent;
  }
  return true;
}
