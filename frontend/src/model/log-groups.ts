// Groups of log lines: from a line `::group::NAME` to `::endgroup::`, as GitHub Actions has them.
//
// Theory of operation. Each stretch is scanned once for marks: lines that begin or end a group, and
// those that matter to groups. Where the marks have changed, all of them are linked in the order of
// the log, with a stack of the open groups. Positions are ordinals, which count loaded lines. What
// is not loaded may begin or end groups, so no group reaches across it: such a group is cut. A new
// attempt ends the groups of the one before. An end without a beginning is an ordinary line.

import type { LinePoint } from "./line-range.js";
import { comparePoints } from "./line-range.js";
import type { Stretch } from "./log.js";
import type { LogLine } from "./log-line.js";

/** The mark that begins a group, and the one that ends it, at the beginning of a line. */
const BEGIN = /^(?:::group::|##\[group\])/;
const END = /^(?:::endgroup::|##\[endgroup\])\s*$/;

export interface LogGroup {
  /** The line that begins it. */
  readonly header: LogLine;
  /** The line that ends it; null while it is open, and where it is cut. */
  footer: LogLine | null;
  readonly parent: LogGroup | null;
  /** Number of groups around it. */
  readonly depth: number;
  /** Ordinal of the header. */
  readonly start: number;
  /** Ordinal of the footer, or of what follows where it has none; infinite while it is open. */
  end: number;
  /** The last line of it; null while it is open. */
  last: LinePoint | null;
  /** Lines of level error and critical in it, and lines that begin and end groups. */
  errors: number;
  marks: number;
}

type MarkKind = "begin" | "end" | "error" | "divider";

interface Mark {
  kind: MarkKind;
  index: number;
  line: LogLine;
}

interface Scanned {
  lines: readonly LogLine[] | null;
  count: number;
  marks: Mark[];
  /** Number of marks when they were linked last. */
  linked: number;
}

/** The length of the mark with which a line begins a group; 0 where it begins none. */
export function groupMark(text: string): number {
  return BEGIN.exec(text)?.[0].length ?? 0;
}

export class LogGroups {
  /** In the order of their headers. */
  groups: readonly LogGroup[] = [];
  /** Ordinal of the first line of each stretch. */
  #bases = new Map<Stretch, number>();
  #scanned = new WeakMap<Stretch, Scanned>();
  #byHeader = new WeakMap<LogLine, LogGroup>();
  #stretches: readonly Stretch[] = [];
  #total = 0;
  #newest: LogLine | null = null;

  /** Follow the log; returns whether a group has begun, ended or changed its place. */
  update(stretches: readonly Stretch[]): boolean {
    const scanned = stretches.map((stretch) => this.#scan(stretch));
    const last = stretches.at(-1);
    const isSame =
      stretches.length === this.#stretches.length &&
      stretches.every((stretch, index) => stretch === this.#stretches[index]) &&
      scanned.every((each) => each.linked === each.marks.length);
    if (!isSame) this.#link(stretches, scanned);
    this.#newest = last?.lines?.at(-1) ?? null;
    this.#total = last ? (this.#bases.get(last) ?? 0) + (last.lines?.length ?? 0) : 0;
    return !isSame;
  }

  /** The group that a line begins. */
  beginningAt(line: LogLine): LogGroup | null {
    return this.#byHeader.get(line) ?? null;
  }

  /** The innermost group that has a line in it; a header is not in its own group. */
  around(point: LinePoint): LogGroup | null {
    let [from, to] = [0, this.groups.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const group = this.groups[middle];
      if (group && comparePoints(group.header, point) < 0) from = middle + 1;
      else to = middle;
    }
    let group = this.groups[from - 1] ?? null;
    while (group?.last && comparePoints(group.last, point) < 0) group = group.parent;
    return group;
  }

  /** Ordinal of the first line of a stretch. */
  baseOf(stretch: Stretch): number {
    return this.#bases.get(stretch) ?? 0;
  }

  /** Number of lines in a group, without those that begin and end groups. */
  linesIn({ start, end, marks }: LogGroup): number {
    return Math.min(end, this.#total) - start - 1 - marks;
  }

  /** Milliseconds from its beginning to its end, or to the newest line; null where not known. */
  durationOf({ header, footer, end }: LogGroup): number | null {
    const until = end === Number.POSITIVE_INFINITY ? this.#newest : footer;
    return header.time === null || !until || until.time === null ? null : until.time - header.time;
  }

  #scan(stretch: Stretch): Scanned {
    const { lines } = stretch;
    let scanned = this.#scanned.get(stretch);
    if (scanned?.lines !== lines) {
      scanned = { lines, count: 0, marks: [], linked: -1 };
      this.#scanned.set(stretch, scanned);
    }
    const length = lines?.length ?? 0;
    for (let index = scanned.count; index < length; index++) {
      const line = lines?.[index];
      const kind = line ? kindOf(line) : null;
      if (line && kind) scanned.marks.push({ kind, index, line });
    }
    scanned.count = length;
    return scanned;
  }

  #link(stretches: readonly Stretch[], scanned: readonly Scanned[]): void {
    const linker = new Linker();
    this.#bases = new Map();
    let base = 0;
    for (const [index, stretch] of stretches.entries()) {
      const { marks } = scanned[index] ?? { marks: [] };
      this.#bases.set(stretch, base);
      if (stretch.lines === null) linker.cut(base, { seq: stretch.first, part: -1 });
      for (const mark of marks) linker.add(mark, base + mark.index);
      base += stretch.lines?.length ?? 0;
    }
    for (const each of scanned) each.linked = each.marks.length;
    this.groups = linker.finish();
    for (const group of this.groups) this.#byHeader.set(group.header, group);
    this.#stretches = [...stretches];
  }
}

/** Links marks to groups. */
class Linker {
  readonly #groups: LogGroup[] = [];
  /** The innermost open group. */
  #open: LogGroup | null = null;

  add({ kind, line }: Mark, at: number): void {
    const open = this.#open;
    if (kind === "begin") {
      const depth = open ? open.depth + 1 : 0;
      const group = { header: line, footer: null, parent: open, depth, start: at };
      this.#open = { ...group, end: Number.POSITIVE_INFINITY, last: null, errors: 0, marks: 0 };
      this.#groups.push(this.#open);
    } else if (kind === "divider") this.cut(at, line);
    else if (kind === "error" && open) open.errors += 1;
    else if (kind === "end" && open) {
      open.footer = line;
      this.#close(open, at, line);
    }
  }

  /** End all open groups before a place, without a line that ends them. */
  cut(at: number, before: LinePoint): void {
    const last = { seq: before.seq, part: before.part - 1 };
    while (this.#open) this.#close(this.#open, at, last);
  }

  /** The groups; those that are open stay open, and have what is in the groups inside them. */
  finish(): LogGroup[] {
    for (let group = this.#open; group?.parent; group = group.parent) count(group);
    return this.#groups;
  }

  #close(group: LogGroup, at: number, last: LinePoint): void {
    group.end = at;
    group.last = { seq: last.seq, part: last.part };
    count(group);
    this.#open = group.parent;
  }
}

/** Add what is in a group to the one around it. */
function count({ parent, errors, marks, footer }: LogGroup): void {
  if (!parent) return;
  parent.errors += errors;
  parent.marks += marks + (footer ? 2 : 1);
}

function kindOf({ kind, level, text }: LogLine): MarkKind | null {
  if (kind === "divider") return "divider";
  if (kind !== "log") return null;
  const first = text.charCodeAt(0);
  // Most lines begin neither with ":" nor "#".
  if ((first === 58 || first === 35) && groupMark(text) > 0) return "begin";
  if ((first === 58 || first === 35) && END.test(text)) return "end";
  return level === "error" || level === "critical" ? "error" : null;
}
