// The lines of the log as a view shows them, of which only a part is loaded.
//
// Theory of operation. The log is a sequence of stretches, each of some consecutive events. A
// stretch has lines, or it is unloaded: the view joined behind its events, or its lines were
// forgotten. New events extend the last stretch; `skip` adds an unloaded one. `fill` puts loaded
// events in place of unloaded ones. When more lines are loaded than the bound allows, the stretches
// whose lines were drawn longest ago are forgotten, so that memory does not grow with the run.

import type { Level } from "../protocol/messages.js";
import { parseAnsi } from "../terminal/ansi.js";
import { AttemptStarts } from "./attempt-starts.js";
import type { LogLine, LogOrigin } from "./log-line.js";
import { SevereEvents } from "./severe-events.js";

/** Most lines kept: some tens of megabytes, which can still be filtered at once. */
const MAX_LINES = 200_000;

/** Most characters kept, for logs of very long lines. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** The share of a bound that is left when lines are forgotten, so that this is rare. */
const KEPT_SHARE = 0.9;

/** Lines after which the next event begins another stretch. */
const STRETCH_LINES = 1_000;

/** Lines for each event, assumed while none is loaded. */
const DEFAULT_DENSITY = 1;

/** Some consecutive events, and their lines. */
export interface Stretch {
  /** Number of the first event. */
  first: number;
  /** Number of the last event; below `first` where there are only remarks. */
  last: number;
  /** Null where they are not loaded. */
  lines: LogLine[] | null;
  /** Number of the lines that were forgotten; null where they were never loaded. */
  forgotten: number | null;
  /** When its lines were drawn last, as a number that grows with each drawing. */
  drawn: number;
}

export class LogBook {
  /** The warnings and errors, also of events that are not loaded, as far as they are known. */
  readonly severe = new SevereEvents();
  /** When the attempts began. */
  readonly attempts = new AttemptStarts();
  #stretches: Stretch[] = [];
  #end = 0;
  #newest = 0;
  #characters = 0;
  #lines = 0;
  #longest = 0;
  #longestSource = 0;
  #source: string | null | undefined;
  #hasSources = false;
  #remarks = 0;
  #drawings = 0;
  #seq = 0;

  /** In the order of the log. */
  get stretches(): readonly Stretch[] {
    return this.#stretches;
  }

  /** All loaded lines, in the order of the log. */
  get lines(): LogLine[] {
    return this.#stretches.flatMap(({ lines }) => lines ?? []);
  }

  /** Number of loaded lines. */
  get loaded(): number {
    return this.#lines;
  }

  /** Whether all events are loaded. */
  get isWhole(): boolean {
    return this.#stretches.every(({ lines }) => lines !== null);
  }

  /** Number of lines of all events, rounded to hundreds where not all are loaded. */
  get size(): number {
    if (this.isWhole) return this.#lines;
    const density = this.density;
    const rows = this.#stretches.reduce((sum, each) => sum + rowsOf(each, density), 0);
    return Math.max(Math.round(rows / 100) * 100, this.#lines);
  }

  /** Lines for each event, as far as they are loaded. */
  get density(): number {
    let events = 0;
    for (const { first, last, lines } of this.#stretches) if (lines) events += last - first + 1;
    return events > 0 ? this.#lines / events : DEFAULT_DENSITY;
  }

  /** Number of lines that were added at the end, also of those that were forgotten. */
  get end(): number {
    return this.#end;
  }

  /** Length of the longest line. */
  get longest(): number {
    return this.#longest;
  }

  /** Length of the longest source. */
  get longestSource(): number {
    return this.#longestSource;
  }

  /** Whether lines of the run differ in their source; of one source there is no column. */
  get hasSources(): boolean {
    return this.#hasSources;
  }

  /** Number of remarks. */
  get remarks(): number {
    return this.#remarks;
  }

  /** The next lines belong to this event. */
  reach(seq: number): void {
    this.#seq = seq;
    const last = this.#stretches.at(-1);
    if (last?.lines && (last.lines.length < STRETCH_LINES || seq <= last.last)) {
      last.last = Math.max(last.last, seq);
    } else {
      this.#stretches.push(stretchOf(seq, seq, []));
    }
  }

  /** An attempt began with the event that was reached, at a time in milliseconds since 1970. */
  startAttempt(time: number): void {
    this.attempts.add(this.#seq, time);
  }

  /** The next events are not loaded. */
  skip(first: number, last: number): void {
    this.#stretches.push(stretchOf(first, last, null));
    this.#seq = last;
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
    if (origin.kind === "log") this.severe.add(this.#seq, origin.level);
    this.#add(message, origin);
  }

  /** Put the lines of the events `first` to `last` where they are not loaded; each has its `seq`. */
  fill(first: number, last: number, lines: readonly LogLine[]): void {
    this.#stretches = this.#stretches.flatMap((stretch) => {
      if (stretch.lines || stretch.last < first || last < stretch.first) return [stretch];
      const from = Math.max(first, stretch.first);
      const to = Math.min(last, stretch.last);
      const filled = lines
        .filter(({ seq }) => from <= seq && seq <= to)
        .map((line) => ({ ...line, n: this.#newNumber() }));
      this.#count(filled, 1);
      for (const line of filled) if (line.kind === "log") this.severe.add(line.seq, line.level);
      return [
        stretchOf(stretch.first, from - 1, null),
        { ...stretchOf(from, to, filled), drawn: this.#drawings },
        stretchOf(to + 1, stretch.last, null),
      ].filter((part) => part.first <= part.last);
    });
    this.#forget();
  }

  /** The lines of these stretches are drawn: they are forgotten after the others. */
  draw(stretches: readonly Stretch[]): void {
    this.#drawings += 1;
    for (const stretch of stretches) stretch.drawn = this.#drawings;
  }

  #add(message: string, origin: LogOrigin): void {
    const last = this.#stretches.at(-1);
    // For remarks before the first event, or behind events that are not loaded.
    if (!last?.lines) this.#stretches.push(stretchOf(this.#seq + 1, this.#seq, []));
    const lines = parseAnsi(message).map(({ text, segments }, index) => ({
      n: this.#newNumber(),
      seq: this.#seq,
      ...origin,
      text,
      segments,
      part: index,
    }));
    this.#end += lines.length;
    for (const line of lines) this.#stretches.at(-1)?.lines?.push(line);
    this.#count(lines, 1);
    this.#forget();
  }

  #newNumber(): number {
    this.#newest += 1;
    return this.#newest;
  }

  /** Count lines that are loaded (1) or forgotten (-1). */
  #count(lines: readonly LogLine[], sign: 1 | -1): void {
    this.#lines += sign * lines.length;
    for (const { kind, text, source } of lines) {
      this.#characters += sign * text.length;
      this.#longest = Math.max(this.#longest, text.length);
      this.#longestSource = Math.max(this.#longestSource, source?.length ?? 0);
      if (kind !== "log") continue;
      if (this.#source === undefined) this.#source = source;
      this.#hasSources ||= source !== this.#source;
    }
  }

  /** Forget what was drawn longest ago, the oldest first, where more is kept than the bounds allow. */
  #forget(): void {
    if (this.#lines <= MAX_LINES && this.#characters <= MAX_CHARACTERS) return;
    const candidates = this.#stretches
      .slice(0, -1)
      .filter(({ first, last, lines }) => lines && first <= last)
      .sort((a, b) => a.drawn - b.drawn);
    for (const stretch of candidates) {
      const isEnough =
        this.#lines <= MAX_LINES * KEPT_SHARE && this.#characters <= MAX_CHARACTERS * KEPT_SHARE;
      if (isEnough) break;
      const { lines } = stretch;
      if (!lines) continue;
      this.#count(lines, -1);
      stretch.forgotten = lines.length;
      stretch.lines = null;
    }
    this.#stretches = joinForgotten(this.#stretches);
  }
}

/** Number of lines of a stretch; estimated by `density` where they were never loaded. */
export function rowsOf({ first, last, lines, forgotten }: Stretch, density: number): number {
  if (lines) return lines.length;
  return forgotten ?? Math.max(Math.round((last - first + 1) * density), 1);
}

function stretchOf(first: number, last: number, lines: LogLine[] | null): Stretch {
  return { first, last, lines, forgotten: null, drawn: 0 };
}

/** Join neighbours of which the lines were forgotten. */
function joinForgotten(stretches: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = [];
  for (const stretch of stretches) {
    const before = joined.at(-1);
    if (before && before.forgotten !== null && stretch.forgotten !== null) {
      before.last = stretch.last;
      before.forgotten += stretch.forgotten;
    } else {
      joined.push(stretch);
    }
  }
  return joined;
}
