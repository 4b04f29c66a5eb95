// The client's side of `realtime-widgets.v1`: decides, and does nothing itself.
//
// Theory of operation. A session outlives its connections. It is fed (`open` or `join`, `receive`,
// `tick`, `lost`), told what the user does (`send`) and drained (`takeFrames`, `takeNotices`, `closing`).
// All times are milliseconds of a clock that only goes forward, given by the caller.
//
//     CLOSED --open()--> GREETING --welcome--> OPEN --lost()--> CLOSED
//                            |                   |
//                            +---- violation ----+----> CLOSING (`closing` is the code)
//
// In CLOSING everything is ignored until the transport has gone.

import { CloseCode } from "./codes.js";
import { Heartbeat } from "./heartbeat.js";
import { isSprintId } from "./ids.js";
import type { Hello, Nack } from "./messages.gen.js";
import {
  type AnyEvent,
  type Position,
  PROTOCOL_VERSION,
  ProtocolError,
  parseServerMessage,
  type ServerMessage,
  type Welcome,
} from "./messages.js";
import type { Notice } from "./notices.js";
import { Outbox } from "./outbox.js";
import { Reader } from "./reader.js";

/** First wait after the server said that its store is not available; it doubles up to the last. */
const FIRST_BACKOFF = 1_000;
const LAST_BACKOFF = 30_000;

export interface SessionOptions {
  sprintId: string;
  /** Whether to read the log. */
  watch?: boolean;
  /** Where to resume. */
  position?: Position | null;
  /** Who publishes: 32 hex digits, random per page and view. */
  publisherId: string;
  /** Whether to publish from the start; otherwise the first `send` asks for it. */
  publish?: boolean;
  /** Whether silence means that the other side is gone; false where it may be busy for long. */
  listensForLife?: boolean;
}

type State = "closed" | "greeting" | "open" | "closing";

export class Session {
  readonly #sprintId: string;
  readonly #publisherId: string;
  readonly #watch: boolean;
  readonly #reader: Reader;
  readonly #outbox = new Outbox();
  readonly #heartbeat: Heartbeat | null;
  #publishes: boolean;
  #state: State = "closed";
  #closing: number | null = null;
  #welcome: Welcome | null = null;
  #frames: string[] = [];
  #notices: Notice[] = [];
  /** When to publish again after the store was not available. */
  #resumeAt: number | null = null;
  #backoff = FIRST_BACKOFF;

  constructor(options: SessionOptions) {
    this.#sprintId = options.sprintId;
    this.#publisherId = options.publisherId;
    this.#watch = options.watch ?? true;
    this.#publishes = options.publish ?? false;
    this.#heartbeat = (options.listensForLife ?? true) ? new Heartbeat() : null;
    this.#reader = new Reader(options.position ?? null, (notice) => this.#notices.push(notice));
  }

  get position(): Position | null {
    return this.#reader.position;
  }

  get seq(): number {
    return this.#reader.seq;
  }

  get head(): number {
    return this.#reader.head;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether all has been read that the log held when this connection was opened. */
  get isCaughtUp(): boolean {
    return this.#reader.isCaughtUp;
  }

  /** What the server said of this connection; null while there is none. */
  get welcome(): Welcome | null {
    return this.#welcome;
  }

  /** Names of other runs, the most similar first, while this one has not begun. */
  get similar(): readonly string[] {
    if (this.#reader.position !== null) return [];
    return this.#welcome?.similar?.filter(isSprintId) ?? [];
  }

  get unacknowledged(): number[] {
    return this.#outbox.unacknowledged;
  }

  /** The code with which the transport is to be closed, or null. */
  get closing(): number | null {
    return this.#closing;
  }

  /** When `tick` has something to do next, or null. */
  get deadline(): number | null {
    if (this.#state !== "greeting" && this.#state !== "open") return null;
    const deadline = Math.min(
      this.#heartbeat?.deadline ?? Number.POSITIVE_INFINITY,
      this.#resumeAt ?? Number.POSITIVE_INFINITY,
    );
    return Number.isFinite(deadline) ? deadline : null;
  }

  /** The transport is open: greet the server. */
  open(ticket: string | null, now: number): void {
    this.join(now);
    this.#write({
      type: "hello",
      v: PROTOCOL_VERSION,
      sprint_id: this.#sprintId,
      ticket,
      watch: this.#watch ? { after: this.#reader.position } : null,
      publish: this.#publishes ? { publisher_id: this.#publisherId, lease: false } : null,
    } satisfies Hello);
  }

  /** The transport is open, and somebody else has greeted the server for this side. */
  join(now: number): void {
    this.#state = "greeting";
    this.#closing = null;
    this.#resumeAt = null;
    this.#heartbeat?.heard(now);
    this.#reader.open();
  }

  /** Take a text frame from the server. */
  receive(text: string, now: number): void {
    if (this.#state !== "greeting" && this.#state !== "open") return;
    this.#heartbeat?.heard(now);
    try {
      this.#dispatch(parseServerMessage(text), now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#close(CloseCode.BAD_MESSAGE);
    }
  }

  /** Act on deadlines. */
  tick(now: number): void {
    const isOpen = this.#state === "open";
    if (!isOpen && this.#state !== "greeting") return;
    const beat = this.#heartbeat?.tick(now);
    if (beat === "dead") this.#close(CloseCode.NO_PONG);
    // Before `welcome` nothing but `hello` may be sent; the silence counts all the same.
    else if (beat === "ask" && isOpen) this.#write({ type: "ping" });
    if (isOpen && this.#resumeAt !== null && now >= this.#resumeAt) {
      this.#resumeAt = null;
      this.#outbox.again(null);
      this.#flush();
    }
  }

  /** The transport is gone. */
  lost(): void {
    this.#state = "closed";
    this.#closing = null;
    this.#welcome = null;
    this.#frames = [];
  }

  /**
   * Publish an event, now or when there is a connection.
   *
   * False where it cannot be: the user may not write, the event is too large or the queue is
   * full. A connection that only reads is closed for one that may publish as well: asking for
   * both at first would refuse those who may only read.
   */
  send(event: AnyEvent): boolean {
    if (this.#welcome?.may_publish === false) return false;
    if (!this.#outbox.push(event)) return false;
    if (this.#publishes) {
      this.#flush();
    } else {
      this.#publishes = true;
      if (this.#state === "greeting" || this.#state === "open") this.#close(CloseCode.RECONNECT);
    }
    return true;
  }

  /** The frames to write, in order; they are handed out once. */
  takeFrames(): string[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  /** What is to be shown, in order; it is handed out once. */
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
      throw new ProtocolError(`${message.type} came where it may not`);
    }
    switch (message.type) {
      case "welcome":
        this.#greet(message);
        break;
      case "events":
        if (!this.#reader.events(message)) this.#close(CloseCode.INSUFFICIENT_STATE);
        break;
      case "gap":
        if (!this.#reader.gap(message)) this.#close(CloseCode.INSUFFICIENT_STATE);
        break;
      case "reset":
        this.#reader.reset(message);
        break;
      case "direct":
        this.#notices.push({ kind: "direct", event: message.event });
        break;
      case "trouble":
        this.#notices.push({ kind: "trouble", code: message.code, message: message.message });
        break;
      case "presence":
        this.#notices.push({ kind: "presence", disconnectedAt: message.disconnected_at });
        break;
      case "state":
        this.#notices.push({ kind: "state", state: message.state });
        break;
      case "ack":
        this.#backoff = FIRST_BACKOFF;
        this.#outbox.ack(message.up_to);
        this.#flush();
        break;
      case "nack":
        this.#refused(message, now);
        break;
      case "error":
        this.#notices.push({ kind: "error", code: message.code, message: message.message });
        break;
      case "pong":
        break;
      default:
        message satisfies never;
    }
  }

  #greet(message: Welcome): void {
    this.#state = "open";
    this.#welcome = message;
    if (this.#watch) this.#reader.welcome(message);
    if (this.#publishes) {
      this.#outbox.open(message.limits, message.last_n);
      this.#flush();
    }
  }

  #refused({ n, code, message, retry, expect }: Nack, now: number): void {
    if (!retry) {
      // The number is taken by a `dropped` event, so the ack of its message still comes.
      this.#notices.push({ kind: "refused", n, code, message });
    } else if (expect !== null) {
      this.#outbox.again(expect);
      this.#flush();
    } else {
      this.#resumeAt ??= now + this.#backoff;
      this.#backoff = Math.min(this.#backoff * 2, LAST_BACKOFF);
    }
  }

  #flush(): void {
    if (this.#state !== "open" || this.#resumeAt !== null) return;
    for (let frame = this.#outbox.next(); frame !== null; frame = this.#outbox.next()) {
      this.#frames.push(frame);
    }
  }

  #write(message: Hello | { type: "ping" | "pong" }): void {
    this.#frames.push(JSON.stringify(message));
  }

  #close(code: number): void {
    this.#state = "closing";
    this.#closing = code;
  }
}
