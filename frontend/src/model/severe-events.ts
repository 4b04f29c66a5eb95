// Which events of a run are warnings and errors: those that a view has read, and what a search of
// the server has found of the others.

import type { Level } from "../protocol/messages.js";

/** `error` has the level `critical` as well. */
export type Severity = "warning" | "error";

export const SEVERITIES: readonly Severity[] = ["error", "warning"];

/** Most events of a severity of which the number is kept; of older ones only how many there are. */
const MAX_EVENTS = 10_000;

/** Numbers of events in the order of the log, of which the oldest may be only counted. */
class Numbers {
  seqs: number[] = [];
  /** How many events are only counted; they are older than `from`. */
  counted = 0;
  from = 0;

  add(seq: number): boolean {
    if (seq < this.from) return false;
    const last = this.seqs.at(-1) ?? 0;
    if (seq > last) this.seqs.push(seq);
    else {
      const place = this.seqs.findLastIndex((each) => each <= seq);
      if (this.seqs[place] === seq) return false;
      this.seqs.splice(place + 1, 0, seq);
    }
    if (this.seqs.length > MAX_EVENTS) this.#drop(MAX_EVENTS);
    return true;
  }

  /** All events of these numbers were found, and `older` ones before them. */
  addFound(seqs: readonly number[], older: number): void {
    const known = new Set([...this.seqs, ...seqs]);
    const from = older > 0 ? (seqs[0] ?? 0) : 0;
    this.seqs = [...known].filter((seq) => seq >= from).sort((a, b) => a - b);
    this.counted = older;
    this.from = from;
    if (this.seqs.length > MAX_EVENTS) this.#drop(MAX_EVENTS);
  }

  #drop(most: number): void {
    const dropped = this.seqs.splice(0, this.seqs.length - most);
    this.counted += dropped.length;
    this.from = this.seqs[0] ?? 0;
  }
}

export class SevereEvents {
  /** Grows with each change. */
  version = 0;
  /** Number of the newest event that a search has covered. */
  searchedTo = 0;
  readonly #numbers: Record<Severity, Numbers> = { warning: new Numbers(), error: new Numbers() };

  /** Numbers of the events of a severity, in the order of the log; the oldest may be missing. */
  seqs(severity: Severity): readonly number[] {
    return this.#numbers[severity].seqs;
  }

  /** How many events of a severity are known. */
  count(severity: Severity): number {
    const { seqs, counted } = this.#numbers[severity];
    return seqs.length + counted;
  }

  /** An event was read; again, nothing changes. */
  add(seq: number, level: Level): void {
    const severity = severityOf(level);
    if (severity && this.#numbers[severity].add(seq)) this.version += 1;
  }

  /** A search has found these of all events up to `head`, and counted `older` ones before them. */
  addFound(severity: Severity, seqs: readonly number[], older: number, head: number): void {
    this.#numbers[severity].addFound(seqs, older);
    this.searchedTo = Math.max(this.searchedTo, head);
    this.version += 1;
  }
}

/** The severity of a level; null for `info` and `debug`. */
export function severityOf(level: Level): Severity | null {
  if (level === "warning") return level;
  return level === "error" || level === "critical" ? "error" : null;
}
