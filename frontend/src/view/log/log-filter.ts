// Filters the lines of the log incrementally: each update scans new lines only.

import type { LevelHistory } from "../../feeds/level-history.js";
import { type EventRange, isWithin } from "../../model/attempts.js";
import type { LogBook, Stretch } from "../../model/log.js";
import { isAtLeast, type LogLine } from "../../model/log-line.js";
import type { Level } from "../../protocol/messages.js";

/** Lines of at least a level, or remarks only. */
export type LogChoice = Level | "remarks";

/** The lines of a stretch that are shown; null where they are not loaded. */
export interface Section {
  stretch: Stretch;
  lines: readonly LogLine[] | null;
}

interface Scanned {
  lines: readonly LogLine[];
  /** How many of them were scanned. */
  count: number;
  matches: LogLine[];
}

export class LogFilter {
  #key = "";
  #scanned = new WeakMap<Stretch, Scanned>();
  /** Parts of the lines that the server has found. */
  #parts = new Map<string, readonly LogLine[]>();
  #found: readonly LogLine[] | null = null;

  /**
   * The lines of the choice, and of the events of a range; all of them where it hides none.
   * `history` has those of what is not loaded; null where nothing else has them.
   */
  update(
    book: LogBook,
    choice: LogChoice,
    history: LevelHistory | null = null,
    range: EventRange | null = null,
  ): Section[] {
    const key = `${choice} ${range?.first} ${range?.last}`;
    if (key !== this.#key) {
      this.#key = key;
      this.#scanned = new WeakMap();
    }
    return book.stretches.flatMap((stretch) => {
      const part = partOf(stretch, range);
      if (part === null) return [];
      const { lines } = stretch;
      if (lines === null && isFilter(choice)) return history ? this.#unloaded(part, history) : [];
      if (lines === null || (part === stretch && !isFilter(choice))) {
        return [{ stretch: part, lines }];
      }
      const isIn = (line: LogLine) => isWithin(line.seq, range) && isShown(line, choice);
      const matches = this.#matchesOf(stretch, lines, isIn);
      return matches.length > 0 ? [{ stretch, lines: matches }] : [];
    });
  }

  /** What was not searched yet, and the lines that were found in the rest. */
  #unloaded(stretch: Stretch, { from, lines }: LevelHistory): Section[] {
    if (this.#found !== lines) {
      this.#found = lines;
      this.#parts.clear();
    }
    const { first, last } = stretch;
    const sections: Section[] = [];
    if (first < from) {
      const unsearched = { ...stretch, last: Math.min(last, from - 1), forgotten: null };
      sections.push({ stretch: unsearched, lines: null });
    }
    const searched = { ...stretch, first: Math.max(first, from) };
    const found = this.#partOf(lines, searched);
    if (found.length > 0) sections.push({ stretch: searched, lines: found });
    return sections;
  }

  /** The same list for the same part, as the heights of its rows are kept by list. */
  #partOf(lines: readonly LogLine[], { first, last }: Stretch): readonly LogLine[] {
    const key = `${first}-${last}`;
    const part = this.#parts.get(key) ?? lines.filter(({ seq }) => first <= seq && seq <= last);
    this.#parts.set(key, part);
    return part;
  }

  #matchesOf(
    stretch: Stretch,
    lines: readonly LogLine[],
    isIn: (line: LogLine) => boolean,
  ): readonly LogLine[] {
    let scanned = this.#scanned.get(stretch);
    if (scanned?.lines !== lines) {
      scanned = { lines, count: 0, matches: [] };
      this.#scanned.set(stretch, scanned);
    }
    for (const line of lines.slice(scanned.count)) {
      if (isIn(line)) scanned.matches.push(line);
    }
    scanned.count = lines.length;
    return scanned.matches;
  }
}

/** The part of a stretch that is in a range; the same stretch where all is, null where nothing is. */
function partOf(stretch: Stretch, range: EventRange | null): Stretch | null {
  if (range === null) return stretch;
  // Where there are only remarks, they are behind the event `last`.
  const from = Math.min(stretch.first, stretch.last);
  const to = Math.max(stretch.first, stretch.last);
  if (to < range.first || from > range.last) return null;
  if (from >= range.first && to <= range.last) return stretch;
  const [first, last] = [Math.max(from, range.first), Math.min(to, range.last)];
  return { ...stretch, first, last, forgotten: null };
}

/** Whether a choice hides any line. */
export function isFilter(choice: LogChoice): boolean {
  return choice !== "debug";
}

function isShown(line: LogLine, choice: LogChoice): boolean {
  if (!isFilter(choice)) return true;
  // Notices of missing events and dividers of attempts are never filtered out.
  if (line.kind === "notice" || line.kind === "divider") return true;
  return choice === "remarks" ? line.kind === "note" : isAtLeast(line.level, choice);
}
