// Filters the lines of the log incrementally: each update scans new lines only.

import type { LogBook, LogLine } from "../model/log.js";
import type { Level } from "../protocol/messages.js";

/** The levels from the least to the most severe. */
export const LEVELS: readonly Level[] = ["debug", "info", "warning", "error", "critical"];

/** Lines of at least a level, or remarks only. */
export type LogChoice = Level | "remarks";

export class LogFilter {
  #book: LogBook | null = null;
  #choice: LogChoice = "debug";
  #query = "";
  #matches: LogLine[] = [];
  /** Number of the first line that was not scanned. */
  #next = 0;

  /** The lines that match the choice and contain the text, ignoring case. */
  update(book: LogBook, choice: LogChoice, query: string): readonly LogLine[] {
    if (choice === "debug" && query === "") {
      this.#book = null;
      return book.lines;
    }
    const isSame = book === this.#book && choice === this.#choice && query === this.#query;
    if (!isSame) {
      this.#book = book;
      this.#choice = choice;
      this.#query = query;
      this.#matches = [];
      this.#next = book.trimmed;
    }
    this.#trim(book.trimmed);
    this.#scan(book);
    return this.#matches;
  }

  #trim(trimmed: number): void {
    const kept = this.#matches.findIndex((line) => line.n >= trimmed);
    if (kept !== 0) this.#matches.splice(0, kept === -1 ? this.#matches.length : kept);
    this.#next = Math.max(this.#next, trimmed);
  }

  #scan(book: LogBook): void {
    const wanted = this.#query.toLowerCase();
    for (const line of book.lines.slice(this.#next - book.trimmed)) {
      if (isShown(line, this.#choice, wanted)) this.#matches.push(line);
    }
    this.#next = book.end;
  }
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
