// Whether the server is still there (protocol 7).

/** Silence after which the server is asked. */
const PING_AFTER = 25_000;

/** Further silence after which the connection is dead. */
const DEAD_AFTER = 10_000;

export class Heartbeat {
  #heardAt = 0;
  #askedAt: number | null = null;

  get deadline(): number {
    return this.#askedAt === null ? this.#heardAt + PING_AFTER : this.#askedAt + DEAD_AFTER;
  }

  heard(now: number): void {
    this.#heardAt = now;
    this.#askedAt = null;
  }

  /**
   * The second silence counts from the question, not from the last word: the timers of a hidden
   * tab or a sleeping laptop come late, and that is not the server's silence.
   */
  tick(now: number): "ask" | "dead" | null {
    if (now < this.deadline) return null;
    if (this.#askedAt !== null) return "dead";
    this.#askedAt = now;
    return "ask";
  }
}
