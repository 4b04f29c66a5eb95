// How a row of the log looks besides its line: what folds, how deep it is, and its link.

import type { JsonRow } from "../../model/json-tree.js";
import { fragmentOf, isInRange, type LineRange, rangeOf } from "../../model/line-range.js";
import { isOfRun, type LogLine } from "../../model/log-line.js";
import { summaryWords } from "./log-fold.js";
import type { FoldState, LogFolds } from "./log-folds.js";
import { treeDepth } from "./log-tree-row.js";

/** Levels by which lines are indented; more would leave no room for the text. */
const MAX_DEPTH = 12;

export interface RowLook {
  /** Levels by which the text is indented. */
  depth: number;
  fold: FoldState;
  /** Of a line that begins a group: how many lines it has, and how long it took; else null. */
  summary: string | null;
  /** Of a line that begins a group: whether there is an error in it. */
  hasErrors: boolean;
  /** The URL of the line; null where it has none. */
  href: string | null;
  /** Whether a link leads to it. */
  isLinked: boolean;
}

/** What rows get from the log that they are in. */
export interface RowControls {
  treeRowOf: (line: LogLine) => JsonRow | null;
  /** Fold or unfold. */
  toggle: (line: LogLine) => void;
  clickHeader: (event: MouseEvent, line: LogLine) => void;
  clickLink: (event: MouseEvent, line: LogLine) => void;
}

export const PLAIN_LOOK: RowLook = {
  depth: 0,
  fold: null,
  summary: null,
  hasErrors: false,
  href: null,
  isLinked: false,
};

interface LookOptions {
  folds: LogFolds;
  /** The URL of the run's page; null where it has none. */
  page: string | null;
  linked: LineRange | null;
}

/** How a line looks in a log. */
export function lookOf(line: LogLine, { folds, page, linked }: LookOptions): RowLook {
  const tree = folds.treeRowOf(line);
  const group = folds.groupAt(line);
  const depth = folds.depthOf(line) + (tree ? treeDepth(tree) : 0);
  const hasLink = page !== null && isOfRun(line);
  return {
    depth: Math.min(depth, MAX_DEPTH),
    fold: folds.stateOf(line),
    summary: group ? summaryWords(folds.measure(group)) : null,
    hasErrors: group !== null && group.errors > 0,
    href: hasLink ? linkOf(page, rangeOf(line, line)) : null,
    isLinked: linked !== null && line.kind !== "tree" && isInRange(line, linked),
  };
}

/** The URL of lines on the page of their run. */
export function linkOf(page: string, range: LineRange): string {
  return page + fragmentOf(range);
}
