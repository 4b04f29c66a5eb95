// One connection to the index channel (protocol 12): ticket, socket, pings, and the end.

import { CloseCode } from "../protocol/codes.js";
import { Heartbeat } from "../protocol/heartbeat.js";
import type { IndexPosition, IndexServerMessage } from "../protocol/messages.gen.js";
import {
  PROTOCOL_VERSION,
  ProtocolError,
  parseIndexMessage,
  SUBPROTOCOL,
} from "../protocol/messages.js";
import type { ServerAddress } from "../server/address.js";
import { RequestError } from "../server/api.js";
import { type Browser, requesterOf } from "../server/browser.js";
import { requestIndexTicket } from "../server/ticket.js";

/** Longest time from the request for a ticket to `welcome`. */
const CONNECT_TIMEOUT = 20_000;

export interface IndexListener {
  onMessage: (message: IndexServerMessage) => void;
  /** The socket was closed, or not opened. */
  onClosed: (code: number) => void;
  /** The ticket was not given. */
  onRefused: (error: RequestError) => void;
}

export class IndexSocket {
  /** Whether `welcome` has come. */
  isOpen = false;
  readonly #server: ServerAddress;
  readonly #browser: Browser;
  readonly #after: IndexPosition;
  readonly #listener: IndexListener;
  readonly #lifetime = new AbortController();
  readonly #heartbeat = new Heartbeat();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Connects at once; after `close`, or a call of `onClosed` or `onRefused`, nothing is called. */
  constructor(
    server: ServerAddress,
    browser: Browser,
    after: IndexPosition,
    listener: IndexListener,
  ) {
    this.#server = server;
    this.#browser = browser;
    this.#after = after;
    this.#listener = listener;
    this.#timer = setTimeout(() => this.#ended(CloseCode.NO_PONG), CONNECT_TIMEOUT);
    void this.#connect();
  }

  close(code: number = CloseCode.NORMAL): void {
    clearTimeout(this.#timer);
    this.#lifetime.abort();
    this.#socket?.close(code);
  }

  async #connect(): Promise<void> {
    const { signal } = this.#lifetime;
    try {
      const requester = requesterOf(this.#browser, signal);
      const ticket = await requestIndexTicket(this.#server, requester);
      if (signal.aborted) return;
      this.#open(ticket, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.close();
      if (error instanceof RequestError) this.#listener.onRefused(error);
      else this.#listener.onClosed(CloseCode.NORMAL); // this page may not open sockets
    }
  }

  #open(ticket: string | null, signal: AbortSignal): void {
    const url = new URL("index", this.#server.socketUrl);
    // The browser sends this page's cookies to its own host only.
    const { token, isSameHost } = this.#server;
    if (!isSameHost && token !== "") url.searchParams.set("token", token);
    const socket = new this.#browser.WebSocket(url.href, SUBPROTOCOL);
    this.#socket = socket;
    socket.addEventListener(
      "open",
      () => this.#send({ type: "hello", v: PROTOCOL_VERSION, ticket, after: this.#after }),
      { signal },
    );
    socket.addEventListener("message", ({ data }) => this.#received(String(data)), { signal });
    socket.addEventListener("close", ({ code }) => this.#ended(code), { signal });
  }

  #received(text: string): void {
    try {
      const message = parseIndexMessage(text);
      if (message.type === "ping") this.#send({ type: "pong" });
      if (message.type === "welcome") this.isOpen = true;
      this.#listener.onMessage(message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#ended(CloseCode.BAD_MESSAGE);
    }
    if (!this.isOpen || this.#lifetime.signal.aborted) return;
    this.#heartbeat.received(this.#browser.now());
    this.#beat();
  }

  /** Ping after a silence, and end after a longer one. */
  #beat(): void {
    const { now } = this.#browser;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        const due = this.#heartbeat.tick(now());
        if (due === "ping") this.#send({ type: "ping" });
        if (due === "dead") this.#ended(CloseCode.NO_PONG);
        else this.#beat();
      },
      Math.max(this.#heartbeat.deadline - now(), 0),
    );
  }

  #ended(code: number): void {
    this.close();
    this.#listener.onClosed(code);
  }

  #send(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }
}
