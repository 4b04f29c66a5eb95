// The publishing half of a client session (protocol 6): what to send, and when to send it again.
//
// Theory of operation. Events enter the outbox by `push`, with a connection or without one, and
// leave it only when the server acknowledges them. While a connection is open, messages are
// written as long as the server's window allows; each `ack` opens the window further. After a
// reconnect, `open` receives the last number that the server has stored, and everything after it
// is sent again. A `nack` with `retry` has two causes: a gap in the numbers, which is answered at
// once by sending from the number that the server expects; or storage that is not available,
// after which nothing is sent for two seconds.
//
// A server that expects a number that it has acknowledged has lost events. They may come back, as
// from a replica or a backup, and would make new events of these numbers look like duplicates. So
// the session takes a new publisher id, and the connection has to be opened again (protocol 6.3).

import type { ClientLimits } from "./messages.gen.js";
import type { AnyEvent } from "./messages.js";
import { Outbox } from "./outbox.js";

/** How long to wait while the server cannot store, in milliseconds (protocol 6.3). */
const RETRY_AFTER = 2_000;

export class PublishSession {
  readonly #outbox = new Outbox();
  readonly #write: (frame: string) => void;
  readonly #newId: () => string;
  #publisherId: string;
  #isOpen = false;
  /** When to send again after the storage was not available. */
  #resumeAt: number | null = null;

  /** `write` sends a frame over the connection that is open; `newId` returns a publisher id. */
  constructor(write: (frame: string) => void, newId: () => string) {
    this.#write = write;
    this.#newId = newId;
    this.#publisherId = newId();
  }

  /** The publisher of the next `hello`. */
  get publisherId(): string {
    return this.#publisherId;
  }

  get unacknowledged(): number[] {
    return this.#outbox.unacknowledged;
  }

  /** When `tick` has something to do next, or null. */
  get deadline(): number | null {
    return this.#resumeAt;
  }

  /** Queue an event; returns false and throws as `Outbox.push`. */
  push(event: AnyEvent): boolean {
    const isQueued = this.#outbox.push(event);
    this.#flush();
    return isQueued;
  }

  /**
   * A connection that may publish is open; `lastN` is the last number stored, or null.
   *
   * Returns false where the connection has to be opened again, with a new publisher id.
   */
  open(limits: ClientLimits, lastN: number | null): boolean {
    this.#isOpen = true;
    return this.#resume(this.#outbox.open(limits, lastN));
  }

  /** The connection is lost or about to be closed: nothing is written any more. */
  lost(): void {
    this.#isOpen = false;
    this.#resumeAt = null;
  }

  ack(upTo: number): void {
    this.#outbox.ack(upTo);
    this.#flush();
  }

  /**
   * Send again from the number that the server expects; where that is null, after two seconds.
   *
   * Returns false as `open`.
   */
  retry(expect: number | null, now: number): boolean {
    if (expect !== null) return this.#resume(this.#outbox.resend(expect));
    this.#resumeAt ??= now + RETRY_AFTER;
    return true;
  }

  tick(now: number): void {
    if (this.#resumeAt === null || now < this.#resumeAt) return;
    this.#resumeAt = null;
    this.#outbox.resend(null);
    this.#flush();
  }

  #resume(isExpected: boolean): boolean {
    if (isExpected) this.#flush();
    else this.#publisherId = this.#newId();
    return isExpected;
  }

  #flush(): void {
    if (!this.#isOpen || this.#resumeAt !== null) return;
    for (let frame = this.#outbox.next(); frame !== null; frame = this.#outbox.next()) {
      this.#write(frame);
    }
  }
}
