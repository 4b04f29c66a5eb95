// Filters the lines of the log incrementally: each update scans new lines only.

import type { LogBook, Stretch } from "../model/log.js";
import type { LogLine } from "../model/log-line.js";
import type { Level } from "../protocol/messages.js";

/** The levels from the least to the most severe. */
export const LEVELS: readonly Level[] = ["debug", "info", "warning", "error", "critical"];

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
  #choice: LogChoice = "debug";
  #query = "";
  #scanned = new WeakMap<Stretch, Scanned>();

  /** The lines that match the choice and contain the text, ignoring case; all without a filter. */
  update(book: LogBook, choice: LogChoice, query: string): Section[] {
    if (!isFilter(choice, query)) {
      return book.stretches.map((stretch) => ({ stretch, lines: stretch.lines }));
    }
    if (choice !== this.#choice || query !== this.#query) {
      this.#choice = choice;
      this.#query = query;
      this.#scanned = new WeakMap();
    }
    return book.stretches.flatMap((stretch) => {
      const lines = this.#matchesOf(stretch);
      return lines.length > 0 ? [{ stretch, lines }] : [];
    });
  }

  #matchesOf(stretch: Stretch): readonly LogLine[] {
    const { lines } = stretch;
    if (lines === null) return [];
    let scanned = this.#scanned.get(stretch);
    if (scanned?.lines !== lines) {
      scanned = { lines, count: 0, matches: [] };
      this.#scanned.set(stretch, scanned);
    }
    const wanted = this.#query.toLowerCase();
    for (const line of lines.slice(scanned.count)) {
      if (isShown(line, this.#choice, wanted)) scanned.matches.push(line);
    }
    scanned.count = lines.length;
    return scanned.matches;
  }
}

/** Whether a choice and a text hide any line. */
export function isFilter(choice: LogChoice, query: string): boolean {
  return choice !== "debug" || query !== "";
}

function isShown(line: LogLine, choice: LogChoice, wanted: string): boolean {
  // Notices of missing events and dividers of attempts are never filtered out.
  if (line.kind === "notice" || line.kind === "divider") return true;
  const isChosen =
    choice === "remarks"
      ? line.kind === "note"
      : LEVELS.indexOf(line.level) >= LEVELS.indexOf(choice);
  return isChosen && line.text.toLowerCase().includes(wanted);
}
