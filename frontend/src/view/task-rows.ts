// Which rows the tree of tasks is shown in.
//
// What goes on is in sight: its branches are open and first. A branch that has ended well is one
// row, and where many have ended, most of them are one row together. What the reader opens or
// closes stays so.

import type { Branch } from "../model/tasks.js";

export type Look = "running" | "succeeded" | "failed" | "stopped";

export interface TaskRow {
  kind: "task";
  branch: Branch;
  depth: number;
  look: Look;
  /** Whether its parts are shown; null where it has none. */
  isOpen: boolean | null;
}

/** Stands for ended branches of one level. */
export interface FoldRow {
  kind: "fold";
  key: string;
  depth: number;
  branches: Branch[];
  isOpen: boolean;
}

/** What the reader has opened (true) and closed (false), by key. */
export type Choices = ReadonlyMap<string, boolean>;

/** Up to so many ended branches of a level each have a row. */
const MOST_ENDED = 5;

/** So many of them do where there are more: those that failed, else the last ones. */
const ENDED_SHOWN = 3;

/** The rows of a tree; `isOver` says that nothing in it goes on any more. */
export function rowsOf(
  tree: readonly Branch[],
  isOver: boolean,
  choices: Choices,
): (TaskRow | FoldRow)[] {
  return level(tree, "", 0);

  function level(branches: readonly Branch[], above: string, depth: number): (TaskRow | FoldRow)[] {
    const ended = branches.filter((branch) => !isUnderWay(branch));
    if (ended.length <= MOST_ENDED) return branches.flatMap((branch) => rows(branch, depth));
    const shown = new Set(mostTelling(ended));
    const folded = ended.filter((branch) => !shown.has(branch));
    const key = `${above}…`;
    const isOpen = choices.get(key) ?? false;
    return [
      ...branches.filter(isUnderWay).flatMap((branch) => rows(branch, depth)),
      ...[...shown].flatMap((branch) => rows(branch, depth)),
      { kind: "fold", key, depth, branches: folded, isOpen },
      ...(isOpen ? folded.flatMap((branch) => rows(branch, depth)) : []),
    ];
  }

  function rows(branch: Branch, depth: number): (TaskRow | FoldRow)[] {
    const { key, parts } = branch;
    const look = lookOf(branch, isOver);
    if (parts.length === 0) return [{ kind: "task", branch, depth, look, isOpen: null }];
    const isOpen = choices.get(key) ?? (isUnderWay(branch) || hasFailed(branch));
    const row: TaskRow = { kind: "task", branch, depth, look, isOpen };
    return isOpen ? [row, ...level(parts, key, depth + 1)] : [row];
  }
}

/** How a task looks: what it says itself, else what its parts do. */
export function lookOf({ state, parts }: Branch, isOver: boolean): Look {
  if (state !== null) return state.state === "running" && isOver ? "stopped" : state.state;
  const looks = new Set(parts.map((part) => lookOf(part, isOver)));
  return WORST_FIRST.find((look) => looks.has(look)) ?? "succeeded";
}

const WORST_FIRST: Look[] = ["running", "failed", "stopped", "succeeded"];

/** How much is done, 0 to 1; null where that is not known. */
export function shareOf({ state, parts }: Branch): number | null {
  if (state === null) return shareOfParts(parts);
  const { current, total } = state;
  if (total === null || total <= 0) return null;
  return Math.min(Math.max(current / total, 0), 1);
}

/** How long these branches took from the first to the last report, in milliseconds, or null. */
export function spanOf(branches: readonly Branch[]): number | null {
  const states = branches.flatMap(statesOf);
  const began = states.flatMap(({ began }) => began ?? []);
  const updated = states.flatMap(({ updated }) => updated ?? []);
  if (began.length === 0 || updated.length === 0) return null;
  return Math.max(...updated) * 1000 - Math.min(...began) * 1000;
}

/** A task that reports nothing itself is as far as its parts are on average. */
function shareOfParts(parts: readonly Branch[]): number | null {
  let sum = 0;
  for (const part of parts) {
    const share = isUnderWay(part) ? shareOf(part) : 1;
    if (share === null) return null;
    sum += share;
  }
  return parts.length > 0 ? sum / parts.length : null;
}

/** Whether a task, or one of its parts, did not say that it has ended. */
function isUnderWay({ state, parts }: Branch): boolean {
  return state?.state === "running" || parts.some(isUnderWay);
}

function hasFailed({ state, parts }: Branch): boolean {
  return state?.state === "failed" || parts.some(hasFailed);
}

function mostTelling(ended: readonly Branch[]): Branch[] {
  const failed = ended.filter(hasFailed).slice(-ENDED_SHOWN);
  const others = ended.filter((branch) => !hasFailed(branch));
  const room = ENDED_SHOWN - failed.length;
  const chosen = new Set([...failed, ...(room > 0 ? others.slice(-room) : [])]);
  return ended.filter((branch) => chosen.has(branch));
}

/** The reports that a branch is timed by: its own, or else those of its parts. */
function statesOf({ state, parts }: Branch): NonNullable<Branch["state"]>[] {
  return state === null ? parts.flatMap(statesOf) : [state];
}
