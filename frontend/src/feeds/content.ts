// Applies what a session receives to what a feed shows; the same for every transport.

import { countApplicable, loadRules } from "../model/agents/on-demand.js";
import { Run } from "../model/run.js";
import type { ClientSession } from "../protocol/client-session.js";
import type { Welcome } from "../protocol/messages.js";
import type { Notice } from "../protocol/notices.js";
import type { ConnectionState, ServerStatus } from "./feed.js";

export class FeedContent {
  readonly run = new Run();
  /** The server's clock minus this machine's, in milliseconds. */
  clockOffset = 0;
  /** See `Feed`. */
  asOf: number | null = null;
  readonly #longestSilence: number;
  readonly #onLoaded: (failure: string | null) => void;
  #serverStatus: ServerStatus = {};
  /** Notices that are applied once the rules of agents are loaded, in order. */
  #held: Notice[] = [];
  #isLoading = false;
  /** When the last message came, by this machine's clock. */
  #receivedAt: number | null = null;
  /** The `welcome` by which the clock was set. */
  #welcome: Welcome | null = null;

  /**
   * `longestSilence`: milliseconds within which a working connection brings a message; `onLoaded` is
   * called once code that the notices need is loaded, or with the reason why it cannot be.
   */
  constructor(longestSilence: number, onLoaded: (failure: string | null) => void) {
    this.#longestSilence = longestSilence;
    this.#onLoaded = onLoaded;
  }

  /** A message came. */
  received(now: number): void {
    this.#receivedAt = now;
  }

  /** The state of the connection changed: update `asOf`. */
  updateAsOf({ phase }: ConnectionState, now: number): void {
    if (phase === "connected" || phase === "catching_up") {
      this.asOf = null;
    } else if (this.asOf === null && this.#receivedAt !== null) {
      // After a longer silence the machine was suspended, or the loss was noticed late.
      const silence = now - this.#receivedAt;
      this.asOf = silence > this.#longestSilence ? this.#receivedAt : now;
    }
  }

  /** Apply the notices of the session, as far as the code for them is loaded; returns whether it had any. */
  applyNotices(session: ClientSession): boolean {
    const received = session.takeNotices();
    const notices = this.#held.length > 0 ? [...this.#held, ...received] : received;
    const count = countApplicable(notices);
    this.#held = notices.slice(count);
    for (const notice of notices.slice(0, count)) this.#apply(notice);
    if (this.#held.length > 0 && !this.#isLoading) void this.#load();
    return received.length > 0;
  }

  /** Set the clock once for each `welcome`, which arrived at `now`. */
  setClock(welcome: Welcome, now: number): void {
    if (welcome === this.#welcome) return;
    this.#welcome = welcome;
    this.clockOffset = Date.parse(welcome.server_time) - now || 0;
  }

  /** The connection ended: its server status does not apply to the next one. */
  forget(): void {
    this.#serverStatus = {};
  }

  /** The state of an open connection; null where it is not open. */
  stateOf(session: ClientSession): ConnectionState | null {
    if (!session.isOpen) return null;
    const { seq, head, similar, welcome } = session;
    const serverStatus: ServerStatus = { ...this.#serverStatus };
    if (similar.length > 0) serverStatus.similar = similar;
    if (welcome?.may_publish === false) serverStatus.isReadOnly = true;
    const why = welcome?.kept_in_memory_because;
    if (why) serverStatus.keptInMemoryBecause = why;
    if (session.isCaughtUp && this.#held.length === 0)
      return { phase: "connected", ...serverStatus };
    return { phase: "catching_up", seq, head, ...serverStatus };
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    const failure = await loadRules().then(() => null, String);
    this.#isLoading = false;
    this.#onLoaded(failure);
  }

  #apply(notice: Notice): void {
    switch (notice.kind) {
      case "storage": {
        const { code, message } = notice;
        this.#serverStatus.storage = code === null ? undefined : { code, message };
        break;
      }
      case "presence": {
        const { disconnectedAt } = notice;
        const at = disconnectedAt === null ? undefined : disconnectedAt * 1000;
        this.#serverStatus.publisherGoneAt = at;
        break;
      }
      case "watching":
        this.#serverStatus.watching = { count: notice.count, names: notice.names };
        break;
      default:
        this.run.apply(notice);
    }
  }
}
