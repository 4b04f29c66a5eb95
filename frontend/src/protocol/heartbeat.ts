// Detects a dead connection by its silence (protocol 7).

/** Milliseconds of silence after which a ping is sent. */
const PING_AFTER = 25_000;

/** Milliseconds without a reply after which the connection is dead. */
const DEAD_AFTER = 10_000;

export class Heartbeat {
  #receivedAt = 0;
  #pingedAt: number | null = null;

  get deadline(): number {
    return this.#pingedAt === null ? this.#receivedAt + PING_AFTER : this.#pingedAt + DEAD_AFTER;
  }

  /** A message came, or the connection was opened. */
  received(now: number): void {
    this.#receivedAt = now;
    this.#pingedAt = null;
  }

  /**
   * What is due now, or null.
   *
   * The second period counts from the ping and not from the last message: timers of a hidden tab
   * or a suspended laptop fire late, which is not the server's silence.
   */
  tick(now: number): "ping" | "dead" | null {
    if (now < this.deadline) return null;
    if (this.#pingedAt !== null) return "dead";
    this.#pingedAt = now;
    return "ping";
  }
}
