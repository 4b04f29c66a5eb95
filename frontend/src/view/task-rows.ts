// The rows of the tree of tasks.
//
// Unfinished branches are open and come first. A branch that succeeded is one row; where many have
// ended, most of them are folded into one row together. A branch that the user has opened or closed
// stays so.

import { type Branch, shareDone } from "../model/tasks.js";

export type Look = "running" | "succeeded" | "failed" | "stopped";

export interface TaskRow {
  kind: "task";
  branch: Branch;
  depth: number;
  look: Look;
  /** Whether its parts are shown; null where it has none. */
  isOpen: boolean | null;
}

/** One row for several ended branches of one level. */
export interface FoldRow {
  kind: "fold";
  key: string;
  depth: number;
  branches: Branch[];
  isOpen: boolean;
}

/** Rows that the user has opened (true) or closed (false), by key. */
export type Choices = ReadonlyMap<string, boolean>;

/** Up to so many ended branches of a level are not folded. */
const MOST_ENDED = 5;

/** So many are shown beside the folded ones: failed branches, else the last ones. */
const ENDED_SHOWN = 3;

/** The rows of a tree; `isOver`: the run has ended, so unfinished tasks are stopped. */
export function rowsOf(
  tree: readonly Branch[],
  isOver: boolean,
  choices: Choices,
): (TaskRow | FoldRow)[] {
  return level(tree, "", 0);

  function level(branches: readonly Branch[], above: string, depth: number): (TaskRow | FoldRow)[] {
    const ended = branches.filter((branch) => !isUnfinished(branch));
    if (ended.length <= MOST_ENDED) return branches.flatMap((branch) => rows(branch, depth));
    const shown = new Set(mostRelevant(ended));
    const folded = ended.filter((branch) => !shown.has(branch));
    const key = `${above}…`;
    const isOpen = choices.get(key) ?? false;
    return [
      ...branches.filter(isUnfinished).flatMap((branch) => rows(branch, depth)),
      ...[...shown].flatMap((branch) => rows(branch, depth)),
      { kind: "fold", key, depth, branches: folded, isOpen },
      ...(isOpen ? folded.flatMap((branch) => rows(branch, depth)) : []),
    ];
  }

  function rows(branch: Branch, depth: number): (TaskRow | FoldRow)[] {
    const { key, parts } = branch;
    const look = lookOf(branch, isOver);
    if (parts.length === 0) return [{ kind: "task", branch, depth, look, isOpen: null }];
    const isOpen = choices.get(key) ?? (isUnfinished(branch) || hasFailed(branch));
    const row: TaskRow = { kind: "task", branch, depth, look, isOpen };
    return isOpen ? [row, ...level(parts, key, depth + 1)] : [row];
  }
}

/** The look of a task: its own state, else that of its parts. */
export function lookOf({ state, parts }: Branch, isOver: boolean): Look {
  if (state !== null) return state.state === "running" && isOver ? "stopped" : state.state;
  const looks = new Set(parts.map((part) => lookOf(part, isOver)));
  return WORST_FIRST.find((look) => looks.has(look)) ?? "succeeded";
}

const WORST_FIRST: Look[] = ["running", "failed", "stopped", "succeeded"];

/** The share that is done, 0 to 1; null where that is not known. */
export function shareOf({ state, parts }: Branch): number | null {
  return state === null ? shareOfParts(parts) : shareDone(state);
}

/** Milliseconds from the first to the last report of these branches, or null. */
export function spanOf(branches: readonly Branch[]): number | null {
  const states = branches.flatMap(statesOf);
  const began = states.flatMap(({ began }) => began ?? []);
  const updated = states.flatMap(({ updated }) => updated ?? []);
  if (began.length === 0 || updated.length === 0) return null;
  return Math.max(...updated) * 1000 - Math.min(...began) * 1000;
}

/** The share of a task for which nothing was reported: the average of its parts. */
function shareOfParts(parts: readonly Branch[]): number | null {
  let sum = 0;
  for (const part of parts) {
    const share = isUnfinished(part) ? shareOf(part) : 1;
    if (share === null) return null;
    sum += share;
  }
  return parts.length > 0 ? sum / parts.length : null;
}

/** Whether a task, or one of its parts, has not ended. */
function isUnfinished({ state, parts }: Branch): boolean {
  return state?.state === "running" || parts.some(isUnfinished);
}

function hasFailed({ state, parts }: Branch): boolean {
  return state?.state === "failed" || parts.some(hasFailed);
}

function mostRelevant(ended: readonly Branch[]): Branch[] {
  const failed = ended.filter(hasFailed).slice(-ENDED_SHOWN);
  const others = ended.filter((branch) => !hasFailed(branch));
  const room = ENDED_SHOWN - failed.length;
  const chosen = new Set([...failed, ...(room > 0 ? others.slice(-room) : [])]);
  return ended.filter((branch) => chosen.has(branch));
}

/** The states that a branch is timed by: its own, else those of its parts. */
function statesOf({ state, parts }: Branch): NonNullable<Branch["state"]>[] {
  return state === null ? parts.flatMap(statesOf) : [state];
}
