// What a session brings in, made into what a feed shows; the same for every kind of link.

import { Run } from "../model/run.js";
import type { Welcome } from "../protocol/messages.js";
import type { Notice } from "../protocol/notices.js";
import type { Session } from "../protocol/session.js";
import type { ConnectionState, Surroundings } from "./feed.js";

export class Intake {
  readonly run = new Run();
  /** The server's clock minus this machine's, in milliseconds. */
  clockOffset = 0;
  /** See `Feed`. */
  asOf: number | null = null;
  readonly #longestSilence: number;
  #surroundings: Surroundings = {};
  /** When the last message came, by this machine's clock. */
  #heardAt: number | null = null;
  /** The greeting by which the clock was set. */
  #welcome: Welcome | null = null;

  /** `longestSilence`: milliseconds within which something comes over every connection. */
  constructor(longestSilence: number) {
    this.#longestSilence = longestSilence;
  }

  /** A message has come. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** Keep `asOf` right when the state changes. */
  follow({ phase }: ConnectionState, now: number): void {
    if (phase === "connected" || phase === "catching_up") {
      this.asOf = null;
    } else if (this.asOf === null && this.#heardAt !== null) {
      // After a longer silence the machine slept, or the connection had ended before it was noticed.
      this.asOf = now - this.#heardAt > this.#longestSilence ? this.#heardAt : now;
    }
  }

  /** Take what the session has to tell. */
  take(session: Session): void {
    for (const notice of session.takeNotices()) this.#apply(notice);
  }

  /** Set the clock by the greeting of a connection, once: its time is that of its arrival, `now`. */
  setClock(welcome: Welcome, now: number): void {
    if (welcome === this.#welcome) return;
    this.#welcome = welcome;
    this.clockOffset = Date.parse(welcome.server_time) - now || 0;
  }

  /** What was true of the connection is not true of the next. */
  forget(): void {
    this.#surroundings = {};
  }

  /** How far an open connection is; null where it is not open. */
  stateOf(session: Session): ConnectionState | null {
    if (!session.isOpen) return null;
    const { seq, head, similar, welcome } = session;
    const surroundings: Surroundings = { ...this.#surroundings };
    if (similar.length > 0) surroundings.similar = similar;
    const why = welcome?.kept_in_memory_because;
    if (why) surroundings.keptInMemoryBecause = why;
    if (session.isCaughtUp) return { phase: "connected", ...surroundings };
    return { phase: "catching_up", seq, head, ...surroundings };
  }

  #apply(notice: Notice): void {
    switch (notice.kind) {
      case "trouble": {
        const { code, message } = notice;
        this.#surroundings.trouble = code === null ? undefined : { code, message };
        break;
      }
      case "presence": {
        const { disconnectedAt } = notice;
        const at = disconnectedAt === null ? undefined : disconnectedAt * 1000;
        this.#surroundings.publisherGoneAt = at;
        break;
      }
      default:
        this.run.apply(notice);
    }
  }
}
