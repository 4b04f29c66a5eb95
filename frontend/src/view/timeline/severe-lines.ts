// The newest warnings and errors of the log, which stand in the timeline at their time.

import type { LogBook } from "../../model/log.js";
import type { LogLine } from "../../model/log-line.js";
import { severityOf } from "../../model/severe-events.js";

/** Most events of the log in a timeline. */
const MAX_EVENTS = 200;

export class SevereLines {
  #lines: readonly LogLine[] = [];
  #key = "";

  /** The first lines of the newest warnings and errors that are loaded, in the order of the log. */
  update(book: LogBook): readonly LogLine[] {
    const key = `${book.severe.version} ${book.stretches.length}`;
    if (key !== this.#key) {
      this.#key = key;
      this.#lines = find(book);
    }
    return this.#lines;
  }
}

function find({ severe, stretches }: LogBook): LogLine[] {
  const wanted = [
    ...severe.seqs("error").slice(-MAX_EVENTS),
    ...severe.seqs("warning").slice(-MAX_EVENTS),
  ]
    .sort((a, b) => a - b)
    .slice(-MAX_EVENTS);
  const found: LogLine[] = [];
  for (const { first, last, lines } of stretches) {
    if (!lines || !wanted.some((seq) => seq >= first && seq <= last)) continue;
    found.push(...lines.filter(isFirstLine));
  }
  const [oldest = Infinity] = wanted;
  return found.filter(({ seq }) => seq >= oldest).slice(-MAX_EVENTS);
}

function isFirstLine({ kind, part, level }: LogLine): boolean {
  return kind === "log" && part === 0 && severityOf(level) !== null;
}
