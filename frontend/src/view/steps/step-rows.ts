// The rows of the tree of steps.
//
// Unfinished branches are open and come first. A branch that succeeded is one row; where many have
// ended, most of them are folded into one row together. A branch that the user has opened or closed
// stays so.

import { hasFailed, isUnfinished, type Look, lookOf, type Step } from "./step-tree.js";

export interface StepRow {
  kind: "step";
  step: Step;
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
  steps: Step[];
  isOpen: boolean;
}

/** Rows that the user has opened (true) or closed (false), by key. */
export type Choices = ReadonlyMap<string, boolean>;

/** Up to so many ended branches of a level are not folded. */
const MAX_ENDED = 5;

/** So many are shown beside the folded ones: failed branches, else the last ones. */
const ENDED_SHOWN = 3;

/** The rows of a tree; `isOver`: the run has ended, so unfinished steps are stopped. */
export function rowsOf(
  tree: readonly Step[],
  isOver: boolean,
  choices: Choices,
): (StepRow | FoldRow)[] {
  return level(tree, "", 0);

  function level(steps: readonly Step[], above: string, depth: number): (StepRow | FoldRow)[] {
    const ended = steps.filter((step) => !isUnfinished(step));
    if (ended.length <= MAX_ENDED) return steps.flatMap((step) => rows(step, depth));
    const shown = new Set(mostRelevant(ended));
    const folded = ended.filter((step) => !shown.has(step));
    const key = `${above}…`;
    const isOpen = choices.get(key) ?? false;
    return [
      ...steps.filter(isUnfinished).flatMap((step) => rows(step, depth)),
      ...[...shown].flatMap((step) => rows(step, depth)),
      { kind: "fold", key, depth, steps: folded, isOpen },
      ...(isOpen ? folded.flatMap((step) => rows(step, depth)) : []),
    ];
  }

  function rows(step: Step, depth: number): (StepRow | FoldRow)[] {
    const { key, parts } = step;
    const look = lookOf(step, isOver);
    if (parts.length === 0) return [{ kind: "step", step, depth, look, isOpen: null }];
    const isOpen = choices.get(key) ?? (isUnfinished(step) || hasFailed(step));
    const row: StepRow = { kind: "step", step, depth, look, isOpen };
    return isOpen ? [row, ...level(parts, key, depth + 1)] : [row];
  }
}

/** The rows of what is running and of what it is a part of, from which all others are left out. */
export function runningPath(tree: readonly Step[], isOver: boolean, depth = 0): StepRow[] {
  if (isOver) return [];
  return tree
    .filter(isUnfinished)
    .flatMap((step) => [
      { kind: "step", step, depth, look: lookOf(step, isOver), isOpen: null } satisfies StepRow,
      ...runningPath(step.parts, isOver, depth + 1),
    ]);
}

/** The number of steps in a tree, and how many of them failed or were stopped. */
export function countSteps(tree: readonly Step[], isOver: boolean): Record<Look | "all", number> {
  const counts = { all: 0, running: 0, succeeded: 0, failed: 0, stopped: 0 };
  const count = (step: Step) => {
    counts.all += 1;
    counts[lookOf(step, isOver)] += 1;
    step.parts.forEach(count);
  };
  tree.forEach(count);
  return counts;
}

function mostRelevant(ended: readonly Step[]): Step[] {
  const failed = ended.filter(hasFailed).slice(-ENDED_SHOWN);
  const others = ended.filter((step) => !hasFailed(step));
  const room = ENDED_SHOWN - failed.length;
  const chosen = new Set([...failed, ...(room > 0 ? others.slice(-room) : [])]);
  return ended.filter((step) => chosen.has(step));
}
