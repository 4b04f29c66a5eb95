// The lines of the log as a view shows them, bounded in number and size.

import type { Level } from "../protocol/messages.js";
import { type AnsiLine, parseAnsi, type Segment } from "../terminal/ansi.js";

/** Most lines kept: some tens of megabytes, which can still be searched at once. */
const MAX_LINES = 200_000;

/** Most characters kept, for logs of very long lines. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** The share that is removed when a bound is reached, so that the cost of moving is amortised. */
const TRIM_SHARE = 0.1;

export interface LogLine {
  /** The line's number in this view: 0, 1, 2 ... without gaps, constant. */
  n: number;
  /**
   * `log`: a line of the run. `other`: an event of unknown type. The rest are remarks that the view
   * adds: a `notice` that events are missing, a `note` on the publisher, the `divider` before an
   * attempt.
   */
  kind: "log" | "other" | "notice" | "note" | "divider";
  level: Level;
  source: string | null;
  /** Whether it was written to standard error. */
  isStderr: boolean;
  /** Milliseconds since 1970, or null. */
  time: number | null;
  text: string;
  /** Null where the line has no style and no link. */
  segments: readonly Segment[] | null;
  /** Whether it continues the message of the previous line. */
  isContinuation: boolean;
}

export type LogOrigin = Pick<LogLine, "kind" | "level" | "source" | "isStderr" | "time">;

export class LogBook {
  #lines: LogLine[] = [];
  #characters = 0;
  #end = 0;
  #longest = 0;
  #longestSource = 0;
  #counts = new Map<Level, number>();
  #remarks = 0;

  /** The lines kept, oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** Total number of lines, including removed ones. */
  get end(): number {
    return this.#end;
  }

  /** Number of the oldest lines that were removed. */
  get trimmed(): number {
    return this.#end - this.#lines.length;
  }

  /** Length of the longest line. */
  get longest(): number {
    return this.#longest;
  }

  /** Length of the longest source. */
  get longestSource(): number {
    return this.#longestSource;
  }

  /** Number of remarks. */
  get remarks(): number {
    return this.#remarks;
  }

  count(level: Level): number {
    return this.#counts.get(level) ?? 0;
  }

  /** Add a remark of the view itself. */
  addRemark(
    kind: "notice" | "note" | "divider",
    text: string,
    time: number | null,
    level: Level = "info",
  ): void {
    this.#remarks += 1;
    this.#add(text, { kind, level, source: null, isStderr: false, time });
  }

  /** Add a message of the run, which may have several lines and ANSI colours. */
  add(message: string, origin: LogOrigin): void {
    if (origin.kind === "log") this.#counts.set(origin.level, this.count(origin.level) + 1);
    this.#add(message, origin);
  }

  #add(message: string, origin: LogOrigin): void {
    this.#longestSource = Math.max(this.#longestSource, origin.source?.length ?? 0);
    let isContinuation = false;
    for (const line of parseAnsi(message)) {
      this.#push(line, origin, isContinuation);
      isContinuation = true;
    }
    this.#trim();
  }

  #push({ text, segments }: AnsiLine, origin: LogOrigin, isContinuation: boolean): void {
    this.#lines.push({ n: this.#end, ...origin, text, segments, isContinuation });
    this.#end += 1;
    this.#characters += text.length;
    this.#longest = Math.max(this.#longest, text.length);
  }

  #trim(): void {
    if (this.#lines.length <= MAX_LINES && this.#characters <= MAX_CHARACTERS) return;
    const oldest = this.#lines.splice(0, Math.ceil(this.#lines.length * TRIM_SHARE));
    for (const { text } of oldest) this.#characters -= text.length;
  }
}
