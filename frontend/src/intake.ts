// What a session brings in, made into what a feed shows; the same for every kind of link.

import type { Welcome } from "./protocol/messages.js";
import type { Notice } from "./protocol/notices.js";
import { Run } from "./protocol/run.js";
import type { Session } from "./protocol/session.js";
import type { ConnectionState, Trouble } from "./source.js";

export class Intake {
  readonly run = new Run();
  /** The server's clock minus this machine's, in milliseconds. */
  clockOffset = 0;
  /** What the server said of itself on this connection. */
  #trouble: Trouble | undefined;
  /** The greeting by which the clock was set. */
  #welcome: Welcome | null = null;

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
    this.#trouble = undefined;
  }

  /** How far an open connection is; null where it is not open. */
  stateOf(session: Session): ConnectionState | null {
    if (!session.isOpen) return null;
    const trouble = this.#trouble;
    if (session.isCaughtUp) return { phase: "connected", trouble };
    return { phase: "catching_up", seq: session.seq, head: session.head, trouble };
  }

  #apply(notice: Notice): void {
    if (notice.kind !== "trouble") this.run.apply(notice);
    else if (notice.code === null) this.#trouble = undefined;
    else this.#trouble = { code: notice.code, message: notice.message };
  }
}
