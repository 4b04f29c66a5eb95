// The client's state machine of `realtime-widgets.v1`: it decides what to send and does no I/O.
//
// Theory of operation. One session outlives its connections. The owner of the transport calls
// `open` (or `join`), `receive`, `tick` and `lost`; the user's events enter by `send`. After each
// call the owner drains the results: `takeFrames` to write to the transport, `takeNotices` to
// show, `closing` to close with that code, `deadline` for the next call of `tick`. All times are
// milliseconds of a monotonic clock, passed in by the caller.
//
//     CLOSED --open()--> GREETING --welcome--> OPEN --lost()--> CLOSED
//                            |                   |
//                            +---- violation ----+----> CLOSING (`closing` is the code)
//
// In CLOSING all input is ignored until the transport is gone. Reading and publishing are two
// independent parts: `WatchSession` keeps the position in the log, `PublishSession` keeps the events
// that the server has not acknowledged. This class does the handshake and the heartbeat, and
// dispatches messages to the two.

import { CloseCode } from "./codes.js";
import { Heartbeat } from "./heartbeat.js";
import { isSprintId } from "./ids.js";
import type { Hello, Nack, Watch } from "./messages.gen.js";
import {
  type AnyEvent,
  type Position,
  PROTOCOL_VERSION,
  ProtocolError,
  parseServerMessage,
  type ServerMessage,
  type Welcome,
} from "./messages.js";
import { type Notice, noticeOf } from "./notices.js";
import { PublishSession } from "./publish-session.js";
import { WatchSession } from "./watch-session.js";

export interface ClientSessionOptions {
  sprintId: string;
  /** Whether to read the log; default true. */
  watch?: boolean;
  /** The position to resume from; default null, the beginning. */
  position?: Position | null;
  /** Without a position: start with so many of the newest events; default null, with the first. */
  newest?: number | null;
  /** Returns a publisher id: 32 hex digits, random. */
  newPublisherId: () => string;
  /** Whether to publish from the first connection; by default the first `send` requests it. */
  publish?: boolean;
  /** Whether silence means a dead connection; false where the peer may be busy for long. */
  hasHeartbeat?: boolean;
}

type State = "closed" | "greeting" | "open" | "closing";

export class ClientSession {
  readonly #sprintId: string;
  readonly #watches: boolean;
  readonly #watching: WatchSession;
  readonly #publishing: PublishSession;
  readonly #heartbeat: Heartbeat | null;
  #publishes: boolean;
  #state: State = "closed";
  #closing: number | null = null;
  #welcome: Welcome | null = null;
  #frames: string[] = [];
  #notices: Notice[] = [];

  constructor(options: ClientSessionOptions) {
    this.#sprintId = options.sprintId;
    this.#publishing = new PublishSession(
      (frame) => this.#frames.push(frame),
      options.newPublisherId,
    );
    this.#watches = options.watch ?? true;
    this.#publishes = options.publish ?? false;
    this.#heartbeat = (options.hasHeartbeat ?? true) ? new Heartbeat() : null;
    this.#watching = new WatchSession(options.position ?? null, options.newest ?? null, (notice) =>
      this.#notices.push(notice),
    );
  }

  get position(): Position | null {
    return this.#watching.position;
  }

  /** Where the next connection begins to read. */
  get watchRequest(): Watch {
    return this.#watching.request;
  }

  get seq(): number {
    return this.#watching.seq;
  }

  get head(): number {
    return this.#watching.head;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether all events that the log held when this connection was opened have been read. */
  get isCaughtUp(): boolean {
    return this.#watching.isCaughtUp;
  }

  /** The server's `welcome` of this connection; null while there is none. */
  get welcome(): Welcome | null {
    return this.#welcome;
  }

  /** Names of other runs, the most similar first, while this run has no events. */
  get similar(): readonly string[] {
    if (this.#watching.position !== null) return [];
    return this.#welcome?.similar?.filter(isSprintId) ?? [];
  }

  get unacknowledged(): number[] {
    return this.#publishing.unacknowledged;
  }

  /** The code to close the transport with, or null. */
  get closing(): number | null {
    return this.#closing;
  }

  /** When `tick` has something to do next, or null. */
  get deadline(): number | null {
    if (this.#state !== "greeting" && this.#state !== "open") return null;
    const deadline = Math.min(
      this.#heartbeat?.deadline ?? Number.POSITIVE_INFINITY,
      this.#publishing.deadline ?? Number.POSITIVE_INFINITY,
    );
    return Number.isFinite(deadline) ? deadline : null;
  }

  /** The transport is open: send `hello`. */
  open(ticket: string | null, now: number): void {
    this.join(now);
    this.#write({
      type: "hello",
      v: PROTOCOL_VERSION,
      sprint_id: this.#sprintId,
      ticket,
      watch: this.#watches ? this.watchRequest : null,
      publish: this.#publishes
        ? { publisher_id: this.#publishing.publisherId, lease: false }
        : null,
    } satisfies Hello);
  }

  /** The transport is open, and a relay has sent `hello` to the server already. */
  join(now: number): void {
    this.#state = "greeting";
    this.#closing = null;
    this.#heartbeat?.received(now);
    this.#watching.open();
    this.#publishing.lost();
  }

  /** Process a text frame from the server. */
  receive(text: string, now: number): void {
    if (this.#state !== "greeting" && this.#state !== "open") return;
    this.#heartbeat?.received(now);
    try {
      this.#dispatch(parseServerMessage(text), now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#close(CloseCode.BAD_MESSAGE);
    }
  }

  /** Act on expired deadlines. */
  tick(now: number): void {
    const isOpen = this.#state === "open";
    if (!isOpen && this.#state !== "greeting") return;
    const due = this.#heartbeat?.tick(now);
    if (due === "dead") this.#close(CloseCode.NO_PONG);
    // Before `welcome` only `hello` may be sent; the silence counts all the same.
    else if (due === "ping" && isOpen) this.#write({ type: "ping" });
    this.#publishing.tick(now);
  }

  /** The transport is gone. */
  lost(): void {
    this.#state = "closed";
    this.#closing = null;
    this.#welcome = null;
    this.#frames = [];
    this.#publishing.lost();
  }

  /**
   * Publish an event, now or when there is a connection.
   *
   * Returns false where the user may not write, the event is too large or the queue is full. A
   * `ping` is no event, as in plain mode: it is written at once, or not at all.
   * connection that only reads is closed for one that may publish as well: requesting both from
   * the start would refuse users that may only read.
   */
  send(event: AnyEvent): boolean {
    if (event.type === "ping") {
      if (this.isOpen) this.#write({ type: "ping" });
      return this.isOpen;
    }
    if (this.#welcome?.may_publish === false) return false;
    if (!this.#publishing.push(event)) return false;
    if (!this.#publishes) {
      this.#publishes = true;
      if (this.#state === "greeting" || this.#state === "open") this.#close(CloseCode.RECONNECT);
    }
    return true;
  }

  /** The frames to write, in order; each is returned once. */
  takeFrames(): string[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  /** The notices to show, in order; each is returned once. */
  takeNotices(): Notice[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }

  #dispatch(message: ServerMessage, now: number): void {
    if (message.type === "ping") {
      this.#write({ type: "pong" });
      return;
    }
    const isGreeting = this.#state === "greeting";
    if (isGreeting !== (message.type === "welcome") && message.type !== "error") {
      throw new ProtocolError(
        `unexpected ${message.type} ${isGreeting ? "before" : "after"} welcome`,
      );
    }
    switch (message.type) {
      case "welcome":
        this.#open(message);
        break;
      case "events":
        if (!this.#watching.events(message)) this.#close(CloseCode.INSUFFICIENT_STATE);
        break;
      case "gap":
        if (!this.#watching.gap(message)) this.#close(CloseCode.INSUFFICIENT_STATE);
        break;
      case "reset":
        this.#watching.reset(message);
        break;
      case "ack":
        this.#publishing.ack(message.up_to);
        break;
      case "nack":
        this.#nack(message, now);
        break;
      case "pong":
      case "deliver": // for publishers of questions, which no page is
        break;
      case "state":
        this.#notices.push(noticeOf(message));
        this.#watching.state();
        break;
      default:
        this.#notices.push(noticeOf(message));
    }
  }

  #open(message: Welcome): void {
    this.#state = "open";
    this.#welcome = message;
    if (this.#watches) this.#watching.welcome(message);
    if (this.#publishes && !this.#publishing.open(message.limits, message.last_n)) {
      this.#close(CloseCode.RECONNECT);
    }
  }

  #nack(nack: Nack, now: number): void {
    const { n, code, message, retry, expect } = nack;
    // The number is taken by a `dropped` event, so the ack of its message still comes.
    if (!retry) this.#notices.push({ kind: "refused", n, code, message });
    else if (!this.#publishing.retry(expect, now)) this.#close(CloseCode.RECONNECT);
  }

  #write(message: Hello | { type: "ping" | "pong" }): void {
    this.#frames.push(JSON.stringify(message));
  }

  #close(code: number): void {
    this.#state = "closing";
    this.#closing = code;
    this.#publishing.lost();
  }
}
