// What is folded in a log: groups of lines, and lines of JSON, which unfold to trees.
//
// Theory of operation. The lines that are shown are derived from those of the log, stretch by
// stretch: without the lines in folded groups, and with rows of trees below their lines. A stretch
// that has neither keeps its own array of lines; the others are derived again when something was
// folded or unfolded, or when they have grown. Whether an ended group is folded at first is decided
// once; after that only the reader folds it.

import { childCount, type JsonRow, looksLikeJson } from "../../model/json-tree.js";
import { isInRange, type LinePoint, type LineRange } from "../../model/line-range.js";
import type { Stretch } from "../../model/log.js";
import { type LogGroup, LogGroups } from "../../model/log-groups.js";
import type { LogLine } from "../../model/log-line.js";
import type { Section } from "./log-filter.js";
import { OpenTrees } from "./log-trees.js";

/** An ended group with more lines is folded at first. */
const FEW_LINES = 5;

/** Most groups whose state is remembered. */
const MAX_REMEMBERED = 20_000;

/** Whether something that can be folded is; null for lines that cannot. */
export type FoldState = "open" | "folded" | null;

export interface FoldContext {
  /** Whether a filter hides lines; groups do not fold then. */
  isFiltered: boolean;
  /** The lines that the reader sees, unless the view follows the end. */
  reading: LineRange | null;
  /** Lines whose groups are not folded at first: the current match, the target of a link. */
  wanted: readonly LinePoint[];
}

/** Lines from the first to the second, without the second: ordinals, or indexes of a stretch. */
type Hidden = readonly [number, number];

interface Shown {
  lines: readonly LogLine[];
  length: number;
  version: number;
  /** The version of the trees; 0 where there are none. */
  trees: number;
  hidden: readonly Hidden[];
  shown: readonly LogLine[];
}

export class LogFolds {
  readonly #groups = new LogGroups();
  readonly #trees = new OpenTrees();
  readonly #onChange: () => void;
  /** Whether a group is folded, by the place of its header. */
  #isFolded = new Map<string, boolean>();
  /** Lines that begin with a bracket, and are no JSON. */
  #notJson = new WeakSet<LogLine>();
  #isFiltered = false;
  #version = 0;
  #hidden: { version: number; ranges: readonly Hidden[] } = { version: -1, ranges: [] };
  #shown = new WeakMap<Stretch, Shown>();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** The lines of a log that are shown. */
  update(sections: readonly Section[], context: FoldContext): Section[] {
    if (context.isFiltered !== this.#isFiltered) this.#version += 1;
    this.#isFiltered = context.isFiltered;
    if (!context.isFiltered) {
      const ended = this.#groups.update(sections.map(({ stretch }) => stretch));
      if (ended) this.#decide(ended, context);
      if (ended) this.#version += 1;
    }
    const ranges = this.#hiddenRanges();
    let next = 0;
    return sections.flatMap((section) => {
      const { stretch, lines } = section;
      if (lines === null) return [section];
      const base = this.#groups.baseOf(stretch);
      while ((ranges[next]?.[1] ?? Number.POSITIVE_INFINITY) <= base) next += 1;
      const shown = this.#linesOf(stretch, lines, () => partOf(ranges, next, base, lines.length));
      return shown.length > 0 || lines.length === 0 ? [{ stretch, lines: shown }] : [];
    });
  }

  /** The group that a line begins, unless a filter hides lines. */
  groupAt(line: LogLine): LogGroup | null {
    return this.#isFiltered ? null : this.#groups.beginningAt(line);
  }

  /** Number of groups that a line is in, and of those around them. */
  depthOf(line: LinePoint): number {
    if (this.#isFiltered || this.#groups.groups.length === 0) return 0;
    const group = this.#groups.around(line);
    return group ? group.depth + 1 : 0;
  }

  /** Number of lines of a group, errors among them, and its duration in milliseconds if known. */
  measure(group: LogGroup): { lines: number; errors: number; duration: number | null } {
    const { errors } = group;
    const lines = this.#groups.linesIn(group);
    return { lines, errors, duration: this.#groups.durationOf(group) };
  }

  stateOf(line: LogLine): FoldState {
    const row = this.#trees.rowOf(line);
    if (row) return stateOfRow(row);
    const group = this.groupAt(line);
    if (group) return group.isFolded ? "folded" : "open";
    if (line.kind !== "log" || this.#notJson.has(line) || !looksLikeJson(line.text)) return null;
    return this.#trees.has(line) ? "open" : "folded";
  }

  /** The row of a tree that a line shows; null for lines of the log. */
  treeRowOf(line: LogLine): JsonRow | null {
    return this.#trees.rowOf(line);
  }

  /** Fold what is open, and unfold what is folded. */
  toggle(line: LogLine): void {
    const group = this.groupAt(line);
    if (group) this.#fold(group, !group.isFolded);
    else if (!this.#trees.toggle(line)) this.#notJson.add(line);
    this.#changed();
  }

  /** Unfold the groups around a line. */
  reveal(point: LinePoint): void {
    let isChanged = false;
    for (let group = this.#groups.around(point); group; group = group.parent) {
      if (!group.isFolded) continue;
      this.#fold(group, false);
      isChanged = true;
    }
    if (isChanged) this.#changed();
  }

  #changed(): void {
    this.#version += 1;
    this.#onChange();
  }

  /** Decide which groups that have ended are folded at first; of others, restore what was decided. */
  #decide(ended: readonly LogGroup[], { reading, wanted }: FoldContext): void {
    for (const group of ended) {
      const { header, footer, errors } = group;
      const known = this.#isFolded.get(keyOf(header));
      if (known !== undefined) group.isFolded = known;
      if (!footer || known !== undefined) continue;
      const range = { first: header, last: footer };
      const isSeen = reading !== null && overlaps(range, reading);
      const isWanted = wanted.some((point) => isInRange(point, range));
      const isLong = this.#groups.linesIn(group) > FEW_LINES;
      this.#fold(group, isLong && errors === 0 && !isSeen && !isWanted);
    }
    for (const group of this.#groups.openGroups()) {
      group.isFolded = this.#isFolded.get(keyOf(group.header)) ?? false;
    }
  }

  #fold(group: LogGroup, isFolded: boolean): void {
    group.isFolded = isFolded;
    this.#isFolded.set(keyOf(group.header), isFolded);
    if (this.#isFolded.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#isFolded.keys();
    if (oldest !== undefined) this.#isFolded.delete(oldest);
  }

  /** What groups hide: the lines of those that are folded, and each line that ends one. */
  #hiddenRanges(): readonly Hidden[] {
    if (this.#isFiltered) return [];
    if (this.#hidden.version === this.#version) return this.#hidden.ranges;
    const ranges: Hidden[] = [];
    for (const group of this.#groups.groups) {
      const { start, end, footer } = group;
      if (group.isFolded) ranges.push([start + 1, end]);
      if (footer) ranges.push([end, end + 1]);
    }
    this.#hidden = { version: this.#version, ranges: joined(ranges) };
    return this.#hidden.ranges;
  }

  #linesOf(
    stretch: Stretch,
    lines: readonly LogLine[],
    hiddenLines: () => readonly Hidden[],
  ): readonly LogLine[] {
    const version = this.#version;
    const known = this.#shown.get(stretch);
    const isSame = known?.lines === lines && known.length === lines.length;
    if (isSame && known.version === version) return known.shown;
    const hidden = hiddenLines();
    const trees = this.#trees.areIn(stretch) ? this.#trees.version : 0;
    const isKnown = isSame && known.trees === trees && areSame(known.hidden, hidden);
    const shown = isKnown ? known.shown : this.#derive(lines, hidden, trees > 0);
    this.#shown.set(stretch, { lines, length: lines.length, version, trees, hidden, shown });
    return shown;
  }

  #derive(
    lines: readonly LogLine[],
    hidden: readonly Hidden[],
    hasTrees: boolean,
  ): readonly LogLine[] {
    const visible = hidden.length > 0 ? without(lines, hidden) : lines;
    return hasTrees ? visible.flatMap((line) => this.#trees.withRows(line)) : visible;
  }
}

/** The part of ranges that is in so many lines from `base` on, by the indexes of these. */
function partOf(
  ranges: readonly Hidden[],
  from: number,
  base: number,
  length: number,
): readonly Hidden[] {
  const part: Hidden[] = [];
  for (let next = from; next < ranges.length; next++) {
    const [start, end] = ranges[next] ?? [0, 0];
    if (start >= base + length) break;
    part.push([Math.max(start - base, 0), Math.min(end - base, length)]);
  }
  return part;
}

function areSame(a: readonly Hidden[], b: readonly Hidden[]): boolean {
  return (
    a.length === b.length &&
    a.every(([start, end], index) => start === b[index]?.[0] && end === b[index]?.[1])
  );
}

/** The lines that are in none of the ranges. */
function without(lines: readonly LogLine[], hidden: readonly Hidden[]): LogLine[] {
  let next = 0;
  return lines.filter((_, index) => {
    while ((hidden[next]?.[1] ?? Number.POSITIVE_INFINITY) <= index) next += 1;
    return (hidden[next]?.[0] ?? Number.POSITIVE_INFINITY) > index;
  });
}

/** Ranges in order, with those joined that overlap or are next to each other. */
function joined(ranges: Hidden[]): Hidden[] {
  const result: Hidden[] = [];
  for (const [start, end] of ranges.sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before && start <= before[1]) {
      result[result.length - 1] = [before[0], Math.max(before[1], end)];
    } else result.push([start, end]);
  }
  return result;
}

function overlaps(a: LineRange, b: LineRange): boolean {
  return isInRange(a.first, b) || isInRange(b.first, a);
}

function stateOfRow({ node, more }: JsonRow): FoldState {
  if (more > 0 || childCount(node.value) === 0) return null;
  return node.isOpen ? "open" : "folded";
}

function keyOf({ seq, part }: LinePoint): string {
  return `${seq}.${part}`;
}
