// Where a viewer stands in the log, and whether what comes next continues it (protocol 5).

import type { Events, Gap, Reset } from "./messages.gen.js";
import type { Batch, Position, Welcome } from "./messages.js";
import type { Notice } from "./notices.js";

/** Applies each event once and in order, or says that it cannot. */
export class Reader {
  #epoch: string | null;
  #seq: number;
  #entry: string | null;
  #head = Number.POSITIVE_INFINITY;
  #headEpoch: string | null = null;
  readonly #tell: (notice: Notice) => void;

  constructor(position: Position | null, tell: (notice: Notice) => void) {
    this.#epoch = position?.epoch ?? null;
    this.#seq = position?.seq ?? 0;
    this.#entry = position?.entry ?? null;
    this.#tell = tell;
  }

  /** The last event seen; null while nothing is known of the log. */
  get position(): Position | null {
    if (this.#epoch === null) return null;
    return { epoch: this.#epoch, seq: this.#seq, entry: this.#entry };
  }

  get seq(): number {
    return this.#seq;
  }

  /** The number of the newest event known of; infinite until `welcome` has named it. */
  get head(): number {
    return Math.max(this.#head, this.#seq);
  }

  get isCaughtUp(): boolean {
    return this.#seq >= this.#head;
  }

  /** Forget the head of the connection before. */
  open(): void {
    this.#head = Number.POSITIVE_INFINITY;
  }

  welcome(message: Welcome): void {
    this.#head = message.head;
    this.#headEpoch = message.epoch;
    if (this.#epoch === null) this.#begin(message.epoch, message.first);
  }

  /** Apply what continues the log; false where the state is insufficient (protocol 5.2). */
  events({ epoch, batches }: Events): boolean {
    this.#epoch ??= epoch;
    return epoch === this.#epoch && batches.every((batch) => this.#apply(batch));
  }

  /** Move over events that are not kept; false as for `events`. */
  gap({ from, to, reason }: Gap): boolean {
    if (to <= this.#seq) return true;
    if (this.#epoch === null || from > this.#seq + 1) return false;
    this.#tell({ kind: "gap", from: this.#seq + 1, to, reason });
    this.#seq = to;
    this.#entry = null;
    return true;
  }

  reset({ epoch, first, reason }: Reset): void {
    this.#tell({ kind: "reset", reason, isGone: epoch === null });
    // The head that `welcome` named says nothing about another log.
    if (epoch !== this.#headEpoch) this.#head = 0;
    this.#begin(epoch, first);
  }

  /** Stand before the first event kept, and say so where that is not the first there was. */
  #begin(epoch: string | null, first: number): void {
    this.#epoch = epoch;
    this.#seq = Math.max(first - 1, 0);
    this.#entry = null;
    if (this.#seq > 0) this.#tell({ kind: "gap", from: 1, to: this.#seq, reason: "trimmed" });
  }

  #apply({ first, entry, timestamp, events }: Batch): boolean {
    const last = first + events.length - 1;
    if (last <= this.#seq) return true;
    if (first > this.#seq + 1) return false;
    const seen = this.#seq + 1 - first;
    this.#tell({
      kind: "events",
      first: first + seen,
      timestamp,
      events: seen > 0 ? events.slice(seen) : events,
    });
    this.#seq = last;
    this.#entry = entry;
    return true;
  }
}
