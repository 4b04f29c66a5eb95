// Which lines of the log are shown. Works through new lines only, however long the log is.

import type { LogBook, LogLine } from "../protocol/log.js";
import type { Level } from "../protocol/messages.js";

/** The levels from the least to the most severe. */
export const LEVELS: readonly Level[] = ["debug", "info", "warning", "error", "critical"];

export class LogFilter {
  #book: LogBook | null = null;
  #minimum: Level = "debug";
  #query = "";
  #matches: LogLine[] = [];
  /** Number of the first line not looked at yet. */
  #next = 0;

  /** The lines of at least that level that contain the text, in any case of letters. */
  update(book: LogBook, minimum: Level, query: string): readonly LogLine[] {
    if (minimum === "debug" && query === "") {
      this.#book = null;
      return book.lines;
    }
    const isSame = book === this.#book && minimum === this.#minimum && query === this.#query;
    if (!isSame) {
      this.#book = book;
      this.#minimum = minimum;
      this.#query = query;
      this.#matches = [];
      this.#next = book.trimmed;
    }
    this.#forget(book.trimmed);
    this.#look(book);
    return this.#matches;
  }

  #forget(trimmed: number): void {
    const kept = this.#matches.findIndex((line) => line.n >= trimmed);
    if (kept !== 0) this.#matches.splice(0, kept === -1 ? this.#matches.length : kept);
    this.#next = Math.max(this.#next, trimmed);
  }

  #look(book: LogBook): void {
    const minimum = LEVELS.indexOf(this.#minimum);
    const wanted = this.#query.toLowerCase();
    for (const line of book.lines.slice(this.#next - book.trimmed)) {
      // What is missing from the log is shown whatever is asked for.
      const isShown =
        line.kind === "notice" ||
        (LEVELS.indexOf(line.level) >= minimum && line.text.toLowerCase().includes(wanted));
      if (isShown) this.#matches.push(line);
    }
    this.#next = book.end;
  }
}
