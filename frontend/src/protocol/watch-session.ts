// The watching half of a client session (protocol 5): the position in the log, and whether the next
// message continues it.
//
// Theory of operation. The position is the number of the last event applied, with the epoch of the
// log that it belongs to. A batch is applied if it starts at the next number; events up to the
// position are duplicates and are skipped. A batch that starts later, or one of another epoch,
// cannot be applied: the method returns false, and the client reconnects and resumes from its
// position. `gap` moves the position over events that the server does not send, `reset` moves it
// to the beginning of another log. Everything applied is passed on as a notice, once and in order.
//
// A client resumes after its position; after a gap it is the position before the gap, until the
// state has come that makes up for the missing events (protocol 5.7).

import type { Events, Gap, Reset, Watch } from "./messages.gen.js";
import type { Batch, Position, Welcome } from "./messages.js";
import type { Notice } from "./notices.js";

export class WatchSession {
  #epoch: string | null;
  #seq: number;
  #entry: string | null;
  /** Where the next connection resumes. */
  #resumeAfter: Position | null;
  readonly #newest: number | null;
  #head = Number.POSITIVE_INFINITY;
  #headEpoch: string | null = null;
  readonly #notify: (notice: Notice) => void;

  /** Without a position it starts with so many of the newest events, or null: with the first. */
  constructor(position: Position | null, newest: number | null, notify: (notice: Notice) => void) {
    this.#resumeAfter = position;
    this.#newest = newest;
    this.#epoch = position?.epoch ?? null;
    this.#seq = position?.seq ?? 0;
    this.#entry = position?.entry ?? null;
    this.#notify = notify;
  }

  /** The position of the last event applied; null before the first `welcome` or event. */
  get position(): Position | null {
    if (this.#epoch === null) return null;
    return { epoch: this.#epoch, seq: this.#seq, entry: this.#entry };
  }

  /** Where the next connection begins, for `hello`. */
  get request(): Watch {
    const after = this.#resumeAfter;
    return { after, newest: after === null ? this.#newest : null };
  }

  get seq(): number {
    return this.#seq;
  }

  /** The highest known event number; infinite until `welcome` comes. */
  get head(): number {
    return Math.max(this.#head, this.#seq);
  }

  get isCaughtUp(): boolean {
    return this.#seq >= this.#head;
  }

  /** A connection was opened: discard the head of the previous one. */
  open(): void {
    this.#head = Number.POSITIVE_INFINITY;
  }

  welcome(message: Welcome): void {
    this.#head = message.head;
    this.#headEpoch = message.epoch;
    if (this.#resumeAfter === null) this.#begin(message);
  }

  /** Apply events that continue the log; false where some are missing before them (protocol 5.2). */
  events({ epoch, batches }: Events): boolean {
    this.#epoch ??= epoch;
    return epoch === this.#epoch && batches.every((batch) => this.#apply(batch));
  }

  /** Skip events that the server does not keep; false as for `events`. */
  gap({ from, to, reason }: Gap): boolean {
    if (to <= this.#seq) return true;
    if (this.#epoch === null || from > this.#seq + 1) return false;
    if (reason === "skipped" && !this.#maySkip) return false;
    this.#notify({ kind: "gap", from: this.#seq + 1, to, reason });
    this.#seq = to;
    this.#entry = null;
    return true;
  }

  reset({ epoch, first, reason }: Reset): void {
    this.#notify({ kind: "reset", reason, isGone: epoch === null });
    // The head in `welcome` belongs to another log.
    if (epoch !== this.#headEpoch) this.#head = 0;
    this.#epoch = null;
    this.#start(epoch, first);
  }

  /** A state came, which makes up for missing events before the position. */
  state(): void {
    this.#resumeAfter = this.position;
  }

  /** Whether the newest page was requested, and nothing of it has come. */
  get #maySkip(): boolean {
    return this.#newest !== null && this.#resumeAfter === null;
  }

  /** Start a log, or continue with one of which only gaps are known. */
  #begin({ epoch, first }: Welcome): void {
    if (this.#epoch !== null && this.#epoch !== epoch) {
      this.#notify({ kind: "reset", reason: "epoch", isGone: epoch === null });
      this.#epoch = null;
    }
    this.#start(epoch, first);
    // The page is requested again until its state has come.
    if (this.#newest !== null) this.#resumeAfter = null;
  }

  /** Move to the first event kept; a gap if that is not the first event of the log. */
  #start(epoch: string | null, first: number): void {
    if (this.#epoch === null) {
      this.#epoch = epoch;
      this.#seq = 0;
      this.#entry = null;
    }
    this.#resumeAfter = this.position;
    if (first > 1) {
      this.#resumeAfter = null;
      this.gap({ type: "gap", from: 1, to: first - 1, reason: "trimmed" });
    }
  }

  #apply({ first, entry, timestamp, user, events }: Batch): boolean {
    const last = first + events.length - 1;
    if (last <= this.#seq) return true;
    if (first > this.#seq + 1) return false;
    const seen = this.#seq + 1 - first;
    this.#notify({
      kind: "events",
      first: first + seen,
      timestamp,
      user,
      events: seen > 0 ? events.slice(seen) : events,
    });
    this.#seq = last;
    this.#entry = entry;
    this.#resumeAfter = this.position;
    return true;
  }
}
