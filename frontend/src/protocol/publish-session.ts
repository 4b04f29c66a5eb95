// The publishing half of a client session (protocol 6): what to send, and when to send it again.
//
// Theory of operation. Events enter the outbox by `push`, with a connection or without one, and
// leave it only when the server acknowledges them. While a connection is open, messages are
// written as long as the server's window allows; each `ack` opens the window further. After a
// reconnect, `open` receives the last number that the server has stored, and everything after it
// is sent again. A `nack` with `retry` has two causes: a gap in the numbers, which is answered at
// once by sending from the number that the server expects; or storage that is not available,
// after which nothing is sent for two seconds.

import type { ClientLimits } from "./messages.gen.js";
import type { AnyEvent } from "./messages.js";
import { Outbox } from "./outbox.js";

/** How long to wait while the server cannot store, in milliseconds (protocol 6.3). */
const RETRY_AFTER = 2_000;

export class PublishSession {
  readonly #outbox = new Outbox();
  readonly #write: (frame: string) => void;
  #isOpen = false;
  /** When to send again after the storage was not available. */
  #resumeAt: number | null = null;

  /** `write` sends a frame over the connection that is open. */
  constructor(write: (frame: string) => void) {
    this.#write = write;
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

  /** A connection that may publish is open; `lastN` is the last number stored, or null. */
  open(limits: ClientLimits, lastN: number | null): void {
    this.#isOpen = true;
    this.#outbox.open(limits, lastN);
    this.#flush();
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

  /** Send again from the number that the server expects; where that is null, after two seconds. */
  retry(expect: number | null, now: number): void {
    if (expect !== null) {
      this.#outbox.resend(expect);
      this.#flush();
    } else {
      this.#resumeAt ??= now + RETRY_AFTER;
    }
  }

  tick(now: number): void {
    if (this.#resumeAt === null || now < this.#resumeAt) return;
    this.#resumeAt = null;
    this.#outbox.resend(null);
    this.#flush();
  }

  #flush(): void {
    if (!this.#isOpen || this.#resumeAt !== null) return;
    for (let frame = this.#outbox.next(); frame !== null; frame = this.#outbox.next()) {
      this.#write(frame);
    }
  }
}
