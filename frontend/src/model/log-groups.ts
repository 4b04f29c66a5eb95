// Groups of log lines: from a line `::group::NAME` to `::endgroup::`, as GitHub Actions has them.
//
// Theory of operation. Each stretch is scanned once for marks: lines that begin or end a group, and
// those that matter to groups. Marks are linked in the order of the log, with a stack of the open
// groups; those of new lines are added to what was linked, and only where older lines were loaded or
// forgotten all are linked again. Positions are ordinals, which count loaded lines. What is not
// loaded may begin or end groups, so no group reaches across it: such a group is cut. A new attempt
// ends the groups of the one before. An end without a beginning is an ordinary line.

import type { LinePoint } from "./line-range.js";
import { comparePoints } from "./line-range.js";
import type { Stretch } from "./log.js";
import type { LogLine } from "./log-line.js";

/** The mark that begins a group, and the one that ends it, at the beginning of a line. */
const BEGIN = /^(?:::group::|##\[group\])/;
const END = /^(?:::endgroup::|##\[endgroup\])\s*$/;

/** Most groups around each other; the marks of those inside are ordinary lines. */
const MAX_DEPTH = 32;

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
  /** Whether its lines are hidden; set by the view. */
  isFolded: boolean;
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
}

/** The length of the mark with which a line begins a group; 0 where it begins none. */
export function groupMark(text: string): number {
  return BEGIN.exec(text)?.[0].length ?? 0;
}

export class LogGroups {
  #linker = new Linker();
  /** Ordinal of the first line of each stretch. */
  #bases = new Map<Stretch, number>();
  #scanned = new WeakMap<Stretch, Scanned>();
  #stretches: Scanned[] = [];
  /** Number of marks of the last stretch that are linked. */
  #linked = 0;
  #total = 0;
  #newest: LogLine | null = null;

  /** In the order of their headers. */
  get groups(): readonly LogGroup[] {
    return this.#linker.groups;
  }

  /** Follow the log; returns the groups that have ended since, null where nothing has changed. */
  update(stretches: readonly Stretch[]): readonly LogGroup[] | null {
    const before = this.#stretches;
    const scanned = stretches.map((stretch) => this.#scan(stretch));
    const isLonger = before.every((each, index) => each === scanned[index]);
    if (!isLonger) {
      this.#linker = new Linker();
      this.#bases = new Map();
      this.#linked = 0;
    }
    const count = this.#linker.count;
    const from = isLonger ? Math.max(before.length - 1, 0) : 0;
    for (let index = from; index < stretches.length; index++) {
      const stretch = stretches[index];
      if (stretch) this.#link(stretch, scanned[index]?.marks ?? [], index === from && isLonger);
    }
    this.#stretches = scanned;
    const isSame = isLonger && this.#linker.count === count;
    return isSame ? null : this.#linker.takeEnded();
  }

  /** The groups that have not ended, from the innermost on. */
  openGroups(): readonly LogGroup[] {
    return this.#linker.openGroups();
  }

  /** The group that a line begins. */
  beginningAt(line: LogLine): LogGroup | null {
    return this.#linker.byHeader.get(line) ?? null;
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
      scanned = { lines, count: 0, marks: [] };
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

  /** Link the marks of a stretch; where it was the last before, those that are new. */
  #link(stretch: Stretch, marks: readonly Mark[], isKnown: boolean): void {
    const { lines } = stretch;
    let base = this.#bases.get(stretch);
    if (!isKnown || base === undefined) {
      base = this.#bases.size === 0 ? 0 : this.#total;
      this.#bases.set(stretch, base);
      this.#linked = 0;
      if (lines === null) this.#linker.cut(base, { seq: stretch.first, part: -1 });
    }
    for (const mark of marks.slice(this.#linked)) this.#linker.add(mark, base + mark.index);
    this.#linked = marks.length;
    this.#total = base + (lines?.length ?? 0);
    this.#newest = lines?.at(-1) ?? null;
  }
}

/** Links marks to groups. */
class Linker {
  readonly groups: LogGroup[] = [];
  readonly byHeader = new Map<LogLine, LogGroup>();
  /** Number of times that a group has begun, ended, or got an error. */
  count = 0;
  /** The innermost open group. */
  #open: LogGroup | null = null;
  /** Groups that have begun inside of too many. */
  #ignored = 0;
  #ended: LogGroup[] = [];

  add({ kind, line }: Mark, at: number): void {
    if (kind === "begin") this.#begin(line, at);
    else if (kind === "divider") this.cut(at, line);
    else if (kind === "error") this.#countUp("errors");
    else if (this.#ignored > 0) this.#ignored -= 1;
    else if (this.#open) {
      const group = this.#open;
      group.footer = line;
      this.#close(group, at, line);
      this.#countUp("marks");
    }
  }

  /** End all open groups before a place, without a line that ends them. */
  cut(at: number, before: LinePoint): void {
    const last = { seq: before.seq, part: before.part - 1 };
    while (this.#open) this.#close(this.#open, at, last);
    this.#ignored = 0;
  }

  openGroups(): LogGroup[] {
    const open: LogGroup[] = [];
    for (let group = this.#open; group; group = group.parent) open.push(group);
    return open;
  }

  /** The groups that have ended since this was called last. */
  takeEnded(): LogGroup[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  #begin(header: LogLine, start: number): void {
    const parent = this.#open;
    const depth = parent ? parent.depth + 1 : 0;
    if (depth >= MAX_DEPTH) {
      this.#ignored += 1;
      return;
    }
    this.#countUp("marks");
    const group: LogGroup = {
      header,
      footer: null,
      parent,
      depth,
      start,
      end: Number.POSITIVE_INFINITY,
      last: null,
      errors: 0,
      marks: 0,
      isFolded: false,
    };
    this.groups.push(group);
    this.byHeader.set(header, group);
    this.#open = group;
    this.count += 1;
  }

  #close(group: LogGroup, at: number, last: LinePoint): void {
    group.end = at;
    group.last = { seq: last.seq, part: last.part };
    this.#open = group.parent;
    this.#ended.push(group);
    this.count += 1;
  }

  /** Count a line in all open groups. */
  #countUp(what: "errors" | "marks"): void {
    for (let group = this.#open; group; group = group.parent) group[what] += 1;
    if (what === "errors" && this.#open) this.count += 1;
  }
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
