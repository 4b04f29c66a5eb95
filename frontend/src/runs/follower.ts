// The list of runs of a server: read in pages (protocol 10), then pushed (protocol 12).
//
// Theory of operation. All lists of a browser page that show the same server share one `RunListFollower`,
// which works while it has a listener and the page is visible, or one that gives notice while it is
// hidden. An attempt reads the list, unless it has all of it: the first page is small and shown at
// once, the others follow in the background. With the position of the first page it connects to the
// index channel, whose messages keep the list up to date; after a loss the next attempt resumes from
// the last one, and after a `reset` the list is read again while what there is stays.
//
// Where a server has no index channel (an older version), or no socket can be opened, the list is
// polled slowly: an attempt every 5 s, which reads all pages and tries the channel again. A page
// whose text is that of the last time is not parsed again, and where no page has changed, nothing is
// drawn. Failed attempts are repeated after the wait of `Backoff`, except where only the user can
// change the outcome: no permission, or no extension on the server. The browser's `offline` begins an
// attempt too, which shows at once whether the server can still be reached; `online` ends the wait.

import type { Reply } from "../feeds/reply.js";
import { sentence } from "../model/remarks.js";
import { Backoff } from "../protocol/backoff.js";
import { CloseCode, closeWords, shouldReconnect } from "../protocol/codes.js";
import type { IndexPosition, IndexServerMessage, RunState } from "../protocol/messages.gen.js";
import type { ServerAddress } from "../server/address.js";
import { NOT_INSTALLED, RequestError } from "../server/api.js";
import type { Browser } from "../server/browser.js";
import { IndexSocket } from "./index-socket.js";
import { RunRequests } from "./requests.js";
import { type ListPage, RunTable, readPage } from "./run-table.js";

/** The first page: less than 100 kB, and as many runs as the list draws at first. */
const FIRST_PAGE = "sprints?limit=100";

/** Milliseconds between polls, where nothing is pushed. */
const INTERVAL = 5_000;

/** The wait is at least so many times the duration of the poll, because a long list is expensive. */
const COOLDOWN_FACTOR = 10;

/** The longest wait. */
const MAX_INTERVAL = 30_000;

export type RunsState =
  /** No response yet. */
  | { phase: "loading" }
  | { phase: "live" }
  /** Out of date; the next attempt is at `retryAt`, by `performance.now()`; null during one. */
  | { phase: "unreachable"; why: string; retryAt: number | null }
  /** No further attempts, except by `retry` or `refresh`. */
  | { phase: "refused"; why: string }
  /** The server does not have the extension; no further attempts, except by `retry`. */
  | { phase: "not_installed" };

/** What keeps the list of one server up to date. */
export class RunListFollower {
  keptInMemoryBecause: string | null = null;
  state: RunsState = { phase: "loading" };
  readonly #server: ServerAddress;
  readonly #browser: Browser;
  readonly #requests: RunRequests;
  /** Each with whether it needs changes now while the page is hidden. */
  readonly #listeners = new Map<() => void, () => boolean>();
  #lifetime = new AbortController();
  /** Aborted when the attempt in progress, with its connection, is abandoned. */
  #attempt = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #backoff = new Backoff();
  readonly #table = new RunTable();
  /** The pages that were read last. */
  #pages: readonly ListPage[] = [];
  #socket: IndexSocket | null = null;
  /** All changes up to here are in the table; null where nothing is pushed. */
  #position: IndexPosition | null = null;
  /** Whether the list has to be read before a connection can keep it up to date. */
  #mustRead = true;
  #isReading = false;
  #hasRetriedTicket = false;
  #clockOffset = 0;
  #respondedAt: number | null = null;

  constructor(server: ServerAddress, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
    this.#requests = new RunRequests(server, browser);
  }

  get runs(): readonly RunState[] {
    return this.#table.runs;
  }

  get withoutNotebook(): ReadonlySet<string> {
    return this.#table.withoutNotebook;
  }

  get now(): number {
    return (this.asOf ?? this.#browser.clock()) + this.#clockOffset;
  }

  get asOf(): number | null {
    return this.state.phase === "live" ? null : this.#respondedAt;
  }

  listen(onChange: () => void, worksHidden: () => boolean = () => false): () => void {
    const listener = () => onChange();
    this.#listeners.set(listener, worksHidden);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
    };
  }

  retry(): void {
    this.#mustRead = true;
    this.#begin();
  }

  refresh(): void {
    if (this.state.phase === "not_installed") return;
    // An open connection has brought all changes.
    if (this.#mayWork && this.#socket?.isOpen && !this.#mustRead) return;
    this.#begin();
  }

  async reply(sprintId: string, reply: Reply): Promise<void> {
    await this.#requests.reply(sprintId, reply);
    if (!this.#socket?.isOpen) this.retry();
  }

  async delete(sprintId: string): Promise<void> {
    await this.#requests.delete(sprintId);
    this.#table.remove(sprintId);
    this.#pages = [];
    this.#setState(this.state);
    if (!this.#socket?.isOpen) this.retry();
  }

  #start(): void {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    const refresh = () => this.refresh();
    this.#browser.window.addEventListener("online", refresh, { signal });
    this.#browser.window.addEventListener("offline", () => this.#checkServer(), { signal });
    this.#browser.document.addEventListener("visibilitychange", refresh, { signal });
    this.#begin();
  }

  /** The network is gone: begin an attempt, which fails at once unless the server is on this machine. */
  #checkServer(): void {
    if (this.state.phase === "live") this.#begin();
  }

  #stop(): void {
    this.#lifetime.abort();
    this.#cancel();
  }

  /** Abandon the attempt in progress, the connection, and the wait for the next attempt. */
  #cancel(): void {
    clearTimeout(this.#timer);
    this.#attempt.abort();
    this.#socket?.close();
    this.#socket = null;
    this.#isReading = false;
  }

  /** Whether the page is visible, or a listener needs changes while it is hidden. */
  get #mayWork(): boolean {
    const isVisible = this.#browser.document.visibilityState !== "hidden";
    return isVisible || [...this.#listeners.values()].some((worksHidden) => worksHidden());
  }

  /** Begin an attempt now, if there is a listener that needs it. */
  #begin(): void {
    if (this.#listeners.size === 0) return;
    this.#cancel();
    if (!this.#mayWork) return;
    this.#attempt = new AbortController();
    if (this.state.phase === "unreachable") this.#setState({ ...this.state, retryAt: null });
    const { phase } = this.state;
    if (phase === "refused" || phase === "not_installed") this.#setState({ phase: "loading" });
    if (this.#mustRead || this.#position === null) void this.#read();
    else this.#connect(this.#position);
  }

  // Reading.

  async #read(): Promise<void> {
    const { signal } = this.#attempt;
    const { now } = this.#browser;
    const startedAt = now();
    const isFirst = this.#respondedAt === null;
    this.#isReading = true;
    this.#mustRead = true;
    this.#table.begin();
    const pages: ListPage[] = [];
    try {
      for (let path: string | null = FIRST_PAGE; path !== null; ) {
        const page = await this.#page(path, pages.length, signal);
        pages.push(page);
        path = page.next;
        if (page.index?.epoch !== pages[0]?.index?.epoch) {
          throw new RequestError("The server was restarted.", true);
        }
        if (isFirst) this.#show(pages);
        if (pages.length === 1 && this.#socket === null) {
          this.#position = page.index;
          if (page.index !== null) this.#connect(page.index);
        }
      }
      this.#isReading = false;
      this.#mustRead = this.#socket === null;
      this.#show(pages);
      this.#pages = pages;
      this.#backoff.reset();
      // A socket begins the next attempt itself when it is lost.
      if (this.#socket !== null) return;
      const took = now() - startedAt;
      this.#schedule(Math.min(Math.max(INTERVAL, took * COOLDOWN_FACTOR), MAX_INTERVAL));
    } catch (error) {
      if (!signal.aborted) this.#readFailed(error);
    }
  }

  #readFailed(error: unknown): void {
    this.#cancel();
    const isMissing = error instanceof RequestError && error.code === NOT_INSTALLED;
    if (isMissing && this.#respondedAt === null) {
      this.#setState({ phase: "not_installed" });
      return;
    }
    const mayRetry = error instanceof RequestError ? error.mayRetry : true;
    const why = error instanceof RequestError ? error.message : "The server's answer broke off.";
    this.#failed(why, mayRetry);
  }

  /** Request a page, and parse it where it is not as it was. */
  async #page(path: string, at: number, signal: AbortSignal): Promise<ListPage> {
    const { text, serverTime } = await this.#requests.page(path, signal);
    this.#setClock(serverTime);
    const before = this.#pages[at];
    return before?.path === path && before.text === text ? before : readPage(path, text);
  }

  /** Show pages, unless they are as they were. */
  #show(pages: readonly ListPage[]): void {
    const isAsBefore =
      pages.length === this.#pages.length && pages.every((page, at) => page === this.#pages[at]);
    if (isAsBefore && this.state.phase === "live") return;
    this.#table.setPages(pages);
    this.keptInMemoryBecause = pages[0]?.keptInMemoryBecause ?? null;
    this.#setState({ phase: "live" });
  }

  // Being pushed.

  #connect(after: IndexPosition): void {
    const socket = new IndexSocket(this.#server, this.#browser, after, {
      onMessage: (message) => this.#received(message),
      onClosed: (code) => this.#closed(code, socket.isOpen),
      onRefused: ({ message, mayRetry }) => {
        this.#cancel();
        this.#failed(message, mayRetry);
      },
    });
    this.#socket = socket;
  }

  #received(message: IndexServerMessage): void {
    this.#respondedAt = this.#browser.clock();
    switch (message.type) {
      case "welcome":
        this.#hasRetriedTicket = false;
        this.#setClock(Date.parse(message.server_time));
        this.keptInMemoryBecause = message.kept_in_memory_because;
        this.#setState({ phase: "live" });
        break;
      case "runs":
        if (this.#position !== null) {
          this.#position = { ...this.#position, version: message.version };
        }
        this.#pages = [];
        this.#backoff.reset();
        this.#table.apply(message);
        this.#setState({ phase: "live" });
        break;
      case "reset":
        this.#position = { epoch: message.epoch, version: message.version };
        // What is being read may be from before the reset.
        this.#attempt.abort();
        this.#attempt = new AbortController();
        this.#pages = [];
        void this.#read();
        break;
      default:
        this.#backoff.reset();
    }
  }

  #closed(code: number, wasOpen: boolean): void {
    this.#socket = null;
    if (code === CloseCode.UNAUTHORIZED && !this.#hasRetriedTicket) {
      // A ticket is valid for 30 s: on a slow network it may have expired (protocol 8).
      this.#hasRetriedTicket = true;
      this.#begin();
    } else if (!shouldReconnect(code)) {
      this.#cancel();
      this.#failed(sentence(closeWords(code)), false);
    } else if (wasOpen) {
      this.#cancel();
      const { now, random } = this.#browser;
      this.#schedule(this.#backoff.nextWait(now(), random()));
    } else {
      // No socket can be opened, or the server is away: reading finds out which.
      this.#mustRead = true;
      if (!this.#isReading) this.#schedule(INTERVAL);
    }
  }

  // Both.

  #setClock(serverTime: number): void {
    const { clock } = this.#browser;
    this.#respondedAt = clock();
    const offset = serverTime - clock();
    this.#clockOffset = Number.isNaN(offset) ? 0 : offset; // an answer may have no `Date`
  }

  #failed(why: string, mayRetry: boolean): void {
    if (!mayRetry) {
      this.#setState({ phase: "refused", why });
      return;
    }
    const { now, random } = this.#browser;
    const wait = this.#backoff.nextWait(now(), random());
    this.#schedule(wait);
    this.#setState({ phase: "unreachable", why, retryAt: now() + wait });
  }

  #schedule(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), wait);
  }

  #setState(state: RunsState): void {
    this.state = state;
    for (const listener of [...this.#listeners.keys()]) listener();
  }
}
