// One run followed over a WebSocket.
//
// Theory of operation. This class does the I/O of a `ClientSession`: the WebSocket, timers and
// randomness; the session decides what to send. An attempt requests a ticket (a refused request has
// a status, a refused WebSocket has none), opens a socket with it, and is valid until its
// AbortController is aborted, which also removes the socket's listeners. There is at most one
// attempt and one timer at a time:
//
//     connecting: the timer bounds the time until the socket is open
//     open:       the timer calls `tick` at the session's deadline (a ping, a resend)
//     waiting:    the timer starts the next attempt
//
// A loss starts the next attempt after the wait of `Backoff`, which starts again when a connection
// brings something new. `online`, a visible tab and `retry` end the wait. The session outlives the
// attempts, so each connection resumes from the last event applied.

import { isOfAgent, loadRules } from "../model/agents/on-demand.js";
import { sentence } from "../model/remarks.js";
import type { Run } from "../model/run.js";
import { Backoff } from "../protocol/backoff.js";
import { ClientSession } from "../protocol/client-session.js";
import { CloseCode, closeWords, shouldReconnect } from "../protocol/codes.js";
import { type AnyEvent, SUBPROTOCOL } from "../protocol/messages.js";
import type { ServerAddress } from "../server/address.js";
import { RequestError } from "../server/api.js";
import { type Browser, requesterOf, thisBrowser } from "../server/browser.js";
import { runRequest } from "../server/run-request.js";
import { requestTicket } from "../server/ticket.js";
import { kept, type LoadBlob, serverBlobs } from "./blobs.js";
import type { LoadCode } from "./code-loader.js";
import { FeedContent } from "./content.js";
import type { ConnectionState, Feed } from "./feed.js";
import { loadEvents, serverEvents } from "./load-events.js";
import type { OwnServer } from "./own-server.js";
import { PageLoader } from "./page-loader.js";
import { type SendReply, serverReply } from "./reply.js";
import { type Search, serverSearch } from "./search.js";
import { SeriesLoader, serverSeries } from "./series-loader.js";
import type { RunSharing } from "./sharing.js";

/** A working connection brings a message at least every 25 s (protocol 7). */
const MAX_SILENCE = 26_000;

/** Longest time from the request for a ticket to an open socket. */
const CONNECT_TIMEOUT = 20_000;

/** Events that a view joins with: about ten screens of log lines, in one message of some 30 kB. */
const NEWEST = 300;

export interface WebSocketFeedOptions {
  server: ServerAddress;
  sprintId: string;
  /** Called after each change; it must not throw. */
  onChange: () => void;
  /** Given in the hosts of this package. */
  own?: OwnServer | undefined;
  browser?: Browser;
}

export class WebSocketFeed implements Feed {
  readonly history: PageLoader;
  readonly series: SeriesLoader;
  readonly loadCode: LoadCode | null;
  readonly loadBlob: LoadBlob;
  readonly search: Search;
  readonly fileUrl: Feed["fileUrl"];
  readonly reply: SendReply;
  readonly kernelServer: ServerAddress | null;
  readonly sharing: RunSharing | undefined;
  #state: ConnectionState = { phase: "connecting" };
  readonly #server: ServerAddress;
  readonly #sprintId: string;
  readonly #onChange: () => void;
  readonly #browser: Browser;
  readonly #session: ClientSession;
  readonly #content = new FeedContent(MAX_SILENCE, (failure) => this.#loaded(failure));
  readonly #lifetime = new AbortController();
  /** Aborted when this attempt, or the socket that it opened, is abandoned. */
  #attempt = new AbortController();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #backoff = new Backoff();
  /** Whether this connection has got its `welcome`. */
  #hasWelcome = false;
  #hasRetriedTicket = false;

  /** Connects at once; the first `onChange` comes after the constructor has returned. */
  constructor({ browser = thisBrowser(), ...options }: WebSocketFeedOptions) {
    const { server, sprintId, onChange, own } = options;
    this.#server = server;
    this.#sprintId = sprintId;
    this.#onChange = onChange;
    this.#browser = browser;
    this.#session = new ClientSession({
      sprintId,
      newest: NEWEST,
      newPublisherId: () => browser.randomId(),
    });
    const { signal } = this.#lifetime;
    const send = runRequest(server, sprintId, browser);
    const events = serverEvents(send);
    this.search = serverSearch(send, events);
    this.reply = serverReply(send);
    this.kernelServer = server.isSameHost ? server : null;
    this.sharing = own?.sharingOf(server, sprintId, { send, signal, onChange });
    // A link sends the page's cookies, and no token.
    this.fileUrl = server.isSameHost
      ? (format) =>
          `${server.apiUrl}sprints/${encodeURIComponent(sprintId)}/download?format=${format}`
      : null;
    const epoch = () => this.#session.position?.epoch ?? null;
    this.history = new PageLoader({
      ...{ run: this.run, epoch, onChange, signal },
      load: async (range) => {
        const page = await loadEvents(events, range);
        if (page.events.some(({ event }) => isOfAgent(event))) await loadRules();
        return page;
      },
    });
    this.loadCode = own?.codeOf(server) ?? null;
    this.loadBlob = kept(serverBlobs(send));
    this.series = new SeriesLoader({
      ...{ run: this.run, epoch, onChange, signal },
      request: serverSeries(send),
    });
    browser.window.addEventListener("online", () => this.#connectNow(), { signal });
    browser.document.addEventListener("visibilitychange", () => this.#onVisible(), { signal });
    void this.#connect();
  }

  get run(): Run {
    return this.#content.run;
  }

  get clockOffset(): number {
    return this.#content.clockOffset;
  }

  get asOf(): number | null {
    return this.#content.asOf;
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

  /** Publish an event; without a connection it is queued for the next one. */
  sendMessage(event: AnyEvent): boolean {
    if (this.#lifetime.signal.aborted) return false;
    const isQueued = this.#session.send(event);
    this.#update();
    return isQueued;
  }

  retry(): void {
    if (this.#lifetime.signal.aborted) return;
    if (this.#state.phase === "disconnected") void this.#connect();
    else this.#connectNow();
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
    if (this.#state.phase === "reconnecting") this.#setState({ ...this.#state, retryAt: null });
    else if (this.#state.phase === "disconnected") this.#setState({ phase: "connecting" });
    try {
      const requester = requesterOf(this.#browser, signal);
      const ticket = await requestTicket(this.#server, this.#sprintId, requester);
      if (signal.aborted) return;
      this.#open(ticket, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof RequestError) this.#lost(error.message, error.mayRetry);
      else this.#lost("This page may not open a connection to the server.", false);
    }
  }

  #open(ticket: string | null, signal: AbortSignal): void {
    const url = new URL(`sprints/${encodeURIComponent(this.#sprintId)}`, this.#server.socketUrl);
    // The browser sends this page's cookies to its own host only.
    const { token, isSameHost } = this.#server;
    if (!isSameHost && token !== "") url.searchParams.set("token", token);
    const socket = new this.#browser.WebSocket(url.href, SUBPROTOCOL);
    this.#socket = socket;
    const { now } = this.#browser;
    socket.addEventListener(
      "open",
      () => {
        this.#session.open(ticket, now());
        this.#update();
      },
      { signal },
    );
    socket.addEventListener(
      "message",
      ({ data }) => {
        this.#content.received(this.#browser.clock());
        this.#session.receive(String(data), now());
        this.#update();
      },
      { signal },
    );
    socket.addEventListener("close", ({ code }) => this.#closed(code, false), { signal });
  }

  /** Write the session's frames, apply its notices, and schedule its deadline. */
  #update(): void {
    for (const frame of this.#session.takeFrames()) this.#socket?.send(frame);
    if (this.#content.applyNotices(this.#session)) this.#backoff.reset();
    const { closing, deadline, welcome } = this.#session;
    if (closing !== null) {
      this.#closed(closing, true);
      return;
    }
    if (deadline !== null) {
      this.#schedule(deadline - this.#browser.now(), () => {
        this.#session.tick(this.#browser.now());
        this.#update();
      });
    }
    if (welcome !== null && !this.#hasWelcome) {
      this.#hasWelcome = true;
      this.#hasRetriedTicket = false;
      this.#content.setClock(welcome, this.#browser.clock());
      this.history.retry();
      void this.sharing?.load();
    }
    this.#setState(this.#content.stateOf(this.#session) ?? this.#state);
  }

  /** Code that events of agents need is loaded, or cannot be. */
  #loaded(failure: string | null): void {
    if (this.#lifetime.signal.aborted) return;
    if (failure === null) this.#update();
    else this.#lost(`Code of this page cannot be loaded (${failure}).`, true);
  }

  #closed(code: number, isOwn: boolean): void {
    if (code === CloseCode.UNAUTHORIZED && !this.#hasRetriedTicket) {
      // A ticket is valid for 30 s: on a slow network it may have expired (protocol 8).
      this.#hasRetriedTicket = true;
      void this.#connect();
    } else if (code === CloseCode.RECONNECT && isOwn) {
      void this.#connect();
    } else {
      // A page may not send a code of the server's range.
      this.#drop(isOwn ? code : CloseCode.NORMAL);
      this.#lost(sentence(closeWords(code)), shouldReconnect(code));
    }
  }

  #lost(why: string, mayRetry: boolean): void {
    const { now, random } = this.#browser;
    this.#drop(CloseCode.NORMAL);
    if (!mayRetry) {
      this.#setState({ phase: "disconnected", why });
      return;
    }
    const wait = this.#backoff.nextWait(now(), random());
    this.#schedule(wait, () => void this.#connect());
    this.#setState({ phase: "reconnecting", why, retryAt: now() + wait });
  }

  /** End the wait for the next attempt. */
  #connectNow(): void {
    if (this.#state.phase === "reconnecting" && this.#state.retryAt !== null) void this.#connect();
  }

  /** Timers of a hidden tab fire late: catch up when it is visible. */
  #onVisible(): void {
    if (this.#browser.document.visibilityState !== "visible") return;
    this.#connectNow();
    this.#session.tick(this.#browser.now());
    this.#update();
  }

  /** Abandon this attempt and its socket, without waiting for the close handshake. */
  #drop(code: number): void {
    clearTimeout(this.#timer);
    this.#attempt.abort();
    this.#session.lost();
    this.#socket?.close(code);
    this.#socket = null;
    this.#hasWelcome = false;
    this.#content.forget();
  }

  #schedule(delay: number, callback: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(callback, Math.max(delay, 0));
  }

  #setState(state: ConnectionState): void {
    this.#content.updateAsOf(state, this.#browser.clock());
    this.#state = state;
    this.#onChange();
  }
}
