// One run followed over a WebSocket: the only file that touches the browser's WebSocket, its
// timers and its randomness. What to say and when is decided by the session.

import { sentence } from "../model/remarks.js";
import type { Run } from "../model/run.js";
import { CloseCode, closeWords, shouldReconnect } from "../protocol/codes.js";
import { type AnyEvent, SUBPROTOCOL } from "../protocol/messages.js";
import { Session } from "../protocol/session.js";
import type { ServerAddress } from "../server/address.js";
import { RequestError } from "../server/api.js";
import { type Browser, thisBrowser } from "../server/browser.js";
import { requestTicket } from "../server/ticket.js";
import type { ConnectionState, Feed } from "./feed.js";
import { Intake } from "./intake.js";

/** The waits between attempts grow from the first to the last (full jitter: a random share). */
const FIRST_WAIT = 1_000;
const LAST_WAIT = 30_000;

/** A connection that held for this long was good: the waits begin anew. */
const GOOD_AFTER = 30_000;

/** Both sides ask after 25 s of silence whether the other is there (protocol 7). */
const LONGEST_SILENCE = 26_000;

/** Longest time from asking for a ticket to an open socket. */
const CONNECT_TIMEOUT = 20_000;

export interface ConnectionOptions {
  server: ServerAddress;
  sprintId: string;
  /** Called after each change; it must not throw. */
  onChange: () => void;
  browser?: Browser;
}

export class Connection implements Feed {
  #state: ConnectionState = { phase: "connecting" };
  readonly #server: ServerAddress;
  readonly #sprintId: string;
  readonly #onChange: () => void;
  readonly #browser: Browser;
  readonly #session: Session;
  readonly #intake = new Intake(LONGEST_SILENCE);
  readonly #lifetime = new AbortController();
  /** Aborted when this attempt or the socket that came of it is given up. */
  #attempt = new AbortController();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** When the connection was lost that has not come back for good. */
  #brokenSince = 0;
  #openedAt: number | null = null;
  #hasAskedForAnotherTicket = false;

  /** Connects at once; the first `onChange` comes later. */
  constructor({ server, sprintId, onChange, browser = thisBrowser() }: ConnectionOptions) {
    this.#server = server;
    this.#sprintId = sprintId;
    this.#onChange = onChange;
    this.#browser = browser;
    this.#session = new Session({ sprintId, publisherId: browser.randomId() });
    const { signal } = this.#lifetime;
    browser.window.addEventListener("online", () => this.#hurry(), { signal });
    browser.document.addEventListener("visibilitychange", () => this.#wake(), { signal });
    void this.#connect();
  }

  get run(): Run {
    return this.#intake.run;
  }

  get clockOffset(): number {
    return this.#intake.clockOffset;
  }

  get asOf(): number | null {
    return this.#intake.asOf;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get isConnected(): boolean {
    return this.#session.isOpen;
  }

  /** The newest event of the run, or null. */
  get lastMessage(): AnyEvent | null {
    return this.run.lastEvent;
  }

  /** Publish an event; without a connection it waits for the next one. */
  sendMessage(event: AnyEvent): boolean {
    if (this.#lifetime.signal.aborted) return false;
    const isTaken = this.#session.send(event);
    this.#pump();
    return isTaken;
  }

  retry(): void {
    if (this.#lifetime.signal.aborted) return;
    if (this.#state.phase === "disconnected") void this.#connect();
    else this.#hurry();
  }

  close(): void {
    if (this.#lifetime.signal.aborted) return;
    this.#lifetime.abort();
    this.#drop(CloseCode.NORMAL);
  }

  async #connect(): Promise<void> {
    this.#drop(CloseCode.NORMAL);
    const attempt = new AbortController();
    this.#attempt = attempt;
    const { signal } = attempt;
    this.#schedule(CONNECT_TIMEOUT, () => this.#lost("The server does not answer.", true));
    if (this.#state.phase === "reconnecting") this.#tell({ ...this.#state, retryAt: null });
    else if (this.#state.phase === "disconnected") this.#tell({ phase: "connecting" });
    try {
      const ticket = await requestTicket(this.#server, this.#sprintId, {
        fetch: this.#browser.fetch,
        cookies: () => this.#browser.document.cookie,
        signal,
      });
      this.#open(ticket, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof RequestError) this.#lost(error.message, error.mayRetry);
      else this.#lost("This page may not open a connection to the server.", false);
    }
  }

  #open(ticket: string, signal: AbortSignal): void {
    const url = new URL(`sprints/${encodeURIComponent(this.#sprintId)}`, this.#server.socketUrl);
    // Another host gets none of this page's cookies.
    const { token, isSameHost } = this.#server;
    if (!isSameHost && token !== "") url.searchParams.set("token", token);
    const socket = new this.#browser.WebSocket(url.href, SUBPROTOCOL);
    this.#socket = socket;
    const { now } = this.#browser;
    socket.addEventListener(
      "open",
      () => {
        this.#session.open(ticket, now());
        this.#pump();
      },
      { signal },
    );
    socket.addEventListener(
      "message",
      ({ data }) => {
        this.#intake.heard(this.#browser.clock());
        this.#session.receive(String(data), now());
        this.#pump();
      },
      { signal },
    );
    socket.addEventListener("close", ({ code }) => this.#closed(code, false), { signal });
  }

  /** Carry out what the session wants, and tell what it has learned. */
  #pump(): void {
    for (const frame of this.#session.takeFrames()) this.#socket?.send(frame);
    this.#intake.take(this.#session);
    const { closing, deadline, welcome } = this.#session;
    if (closing !== null) {
      this.#closed(closing, true);
      return;
    }
    if (deadline !== null) {
      this.#schedule(deadline - this.#browser.now(), () => {
        this.#session.tick(this.#browser.now());
        this.#pump();
      });
    }
    if (welcome !== null && this.#openedAt === null) {
      this.#openedAt = this.#browser.now();
      this.#hasAskedForAnotherTicket = false;
      this.#intake.setClock(welcome, this.#browser.clock());
    }
    this.#tell(this.#intake.stateOf(this.#session) ?? this.#state);
  }

  #closed(code: number, isOwn: boolean): void {
    if (code === CloseCode.UNAUTHORIZED && !this.#hasAskedForAnotherTicket) {
      // A ticket lives for 30 s only: a slow network may have outlived it (protocol 8).
      this.#hasAskedForAnotherTicket = true;
      void this.#connect();
    } else if (code === CloseCode.RECONNECT && isOwn) {
      void this.#connect();
    } else {
      // A code that the server sent may not be sent back.
      this.#drop(isOwn ? code : CloseCode.NORMAL);
      this.#lost(sentence(closeWords(code)), shouldReconnect(code));
    }
  }

  #lost(why: string, mayRetry: boolean): void {
    const { now, random } = this.#browser;
    this.#drop(CloseCode.NORMAL);
    if (!mayRetry) {
      this.#tell({ phase: "disconnected", why });
      return;
    }
    if (this.#failures === 0) this.#brokenSince = now();
    // Some quick failures make no long outage.
    const outage = Math.max(now() - this.#brokenSince, FIRST_WAIT);
    const wait = random() * Math.min(FIRST_WAIT * 2 ** this.#failures, outage, LAST_WAIT);
    this.#failures += 1;
    this.#schedule(wait, () => void this.#connect());
    this.#tell({ phase: "reconnecting", why, retryAt: now() + wait });
  }

  /** Connect now where the next attempt is only waited for. */
  #hurry(): void {
    if (this.#state.phase === "reconnecting" && this.#state.retryAt !== null) void this.#connect();
  }

  /** The user looks again: the timers of a hidden tab come late. */
  #wake(): void {
    if (this.#browser.document.visibilityState !== "visible") return;
    this.#hurry();
    this.#session.tick(this.#browser.now());
    this.#pump();
  }

  /** Give up this attempt and its socket, without waiting for the other side. */
  #drop(code: number): void {
    const wasGood = this.#openedAt !== null && this.#browser.now() - this.#openedAt >= GOOD_AFTER;
    if (wasGood) this.#failures = 0;
    clearTimeout(this.#timer);
    this.#attempt.abort();
    this.#session.lost();
    this.#socket?.close(code);
    this.#socket = null;
    this.#openedAt = null;
    this.#intake.forget();
  }

  #schedule(delay: number, callback: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(callback, Math.max(delay, 0));
  }

  #tell(state: ConnectionState): void {
    this.#intake.follow(state, this.#browser.clock());
    this.#state = state;
    this.#onChange();
  }
}
