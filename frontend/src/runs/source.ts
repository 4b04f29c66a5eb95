// The list of runs of a server (protocol 10), polled.
//
// Theory of operation. All lists of a browser page that show the same server share one poller,
// which runs while it has a listener and the page is visible. A poll requests the pages of the list
// one after the other; a page whose text is that of the last poll is not parsed again, and where no
// page has changed, nothing is drawn. Failed polls are repeated after the wait of `Backoff`, except
// where only the user can change the outcome: no permission, or no extension on the server.

import { Backoff } from "../protocol/backoff.js";
import type { RunState } from "../protocol/messages.gen.js";
import { isObject } from "../protocol/messages.js";
import type { ServerAddress } from "../server/address.js";
import { field, NOT_INSTALLED, RequestError, request } from "../server/api.js";
import { type Browser, thisBrowser } from "../server/browser.js";
import { pageSingleton } from "../server/page-singleton.js";
import { isActive } from "./list.js";

/** Milliseconds between polls while a run is in progress, and while none is. */
const ACTIVE_INTERVAL = 2_000;
const IDLE_INTERVAL = 5_000;

/** The wait is at least so many times the duration of the poll, because a long list is expensive. */
const COOLDOWN_FACTOR = 10;

/** The longest wait. */
const LONGEST_INTERVAL = 30_000;

/** Longest time for a response. */
const TIMEOUT = 20_000;

const MAY_NOT_SEE = "You are not logged in to this Jupyter server, or not allowed to see its runs.";
const MAY_NOT_DELETE = "You are not logged in any more, or not allowed to delete runs.";

export type RunsState =
  /** No response yet. */
  | { phase: "loading" }
  | { phase: "live" }
  /** Out of date; the next poll is at `retryAt`, by `performance.now()`; null while one is in progress. */
  | { phase: "unreachable"; why: string; retryAt: number | null }
  /** No further polls, except by `retry` or `refresh`. */
  | { phase: "refused"; why: string }
  /** The server does not have the extension; no further polls, except by `retry`. */
  | { phase: "not_installed" };

/** The public part of `RunsSource`, for fakes in tests. */
export type Runs = Pick<RunsSource, keyof RunsSource>;

/** The runs of one server. */
export class RunsSource {
  /** The server's URL. */
  readonly url: string;
  readonly #poller: Poller;

  constructor(server: ServerAddress, browser: Browser = thisBrowser()) {
    this.url = server.apiUrl;
    const pollers = pageSingleton("runs.v2", () => new Map<string, Poller>());
    this.#poller = pollers.get(server.apiUrl) ?? new Poller(server, browser);
    pollers.set(server.apiUrl, this.#poller);
  }

  /** As of the last response, the newest first. */
  get runs(): readonly RunState[] {
    return this.#poller.runs;
  }

  /** Ids of the runs whose notebook does not exist any more. */
  get withoutNotebook(): ReadonlySet<string> {
    return this.#poller.withoutNotebook;
  }

  /** Why the server keeps runs in memory only; null where they outlive it. */
  get keptInMemoryBecause(): string | null {
    return this.#poller.keptInMemoryBecause;
  }

  get ids(): string[] {
    return this.runs.map((run) => run.sprint_id);
  }

  get state(): RunsState {
    return this.#poller.state;
  }

  /** The server's time, in milliseconds since 1970; it stops while the list is not live. */
  get now(): number {
    return this.#poller.now;
  }

  /** When the list was last up to date, by this machine's clock; null while it is, or never was. */
  get asOf(): number | null {
    return this.#poller.asOf;
  }

  /** Call `onChange` after each change. The first listener starts the polling, the last one ends it. */
  listen(onChange: () => void): () => void {
    return this.#poller.listen(onChange);
  }

  /** Poll now. */
  retry(): void {
    this.#poller.poll();
  }

  /** The list became visible: poll now, unless the server has no extension. */
  refresh(): void {
    this.#poller.refresh();
  }

  /** Delete a run with all of its events. Throws `RequestError`. */
  delete(sprintId: string): Promise<void> {
    return this.#poller.delete(sprintId);
  }
}

/** A page of the server's list. */
interface ListPage {
  path: string;
  text: string;
  /** With the current paths of their notebooks. */
  runs: readonly RunState[];
  withoutNotebook: readonly string[];
  keptInMemoryBecause: string | null;
  /** The path of the next page, null after the last one. */
  next: string | null;
}

class Poller {
  runs: readonly RunState[] = [];
  withoutNotebook: ReadonlySet<string> = new Set();
  keptInMemoryBecause: string | null = null;
  state: RunsState = { phase: "loading" };
  readonly #server: ServerAddress;
  readonly #browser: Browser;
  readonly #listeners = new Set<() => void>();
  #lifetime = new AbortController();
  /** Aborted when the poll in progress is abandoned. */
  #polling = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #backoff = new Backoff();
  /** The pages of the last response. */
  #pages: readonly ListPage[] = [];
  #clockOffset = 0;
  #respondedAt: number | null = null;

  constructor(server: ServerAddress, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  get now(): number {
    return (this.asOf ?? this.#browser.clock()) + this.#clockOffset;
  }

  get asOf(): number | null {
    return this.state.phase === "live" ? null : this.#respondedAt;
  }

  listen(onChange: () => void): () => void {
    const listener = () => onChange();
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
    };
  }

  poll(): void {
    if (this.#listeners.size === 0) return;
    this.#cancel();
    if (this.#browser.document.visibilityState !== "hidden") void this.#poll();
  }

  refresh(): void {
    if (this.state.phase !== "not_installed") this.poll();
  }

  async delete(sprintId: string): Promise<void> {
    const path = `sprints/${encodeURIComponent(sprintId)}`;
    try {
      await this.#request("DELETE", path, MAY_NOT_DELETE, new AbortController());
    } catch (error) {
      // It was deleted already.
      if (!(error instanceof RequestError && error.code === "unknown_sprint")) throw error;
    }
    this.runs = this.runs.filter((run) => run.sprint_id !== sprintId);
    this.#pages = [];
    this.#setState(this.state);
    this.poll();
  }

  #start(): void {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    const refresh = () => this.refresh();
    this.#browser.window.addEventListener("online", refresh, { signal });
    this.#browser.document.addEventListener("visibilitychange", refresh, { signal });
    this.poll();
  }

  #stop(): void {
    this.#lifetime.abort();
    this.#cancel();
  }

  /** Abandon the poll in progress and the wait for the next one. */
  #cancel(): void {
    clearTimeout(this.#timer);
    this.#polling.abort();
  }

  async #poll(): Promise<void> {
    const polling = new AbortController();
    this.#polling = polling;
    const { now } = this.#browser;
    const startedAt = now();
    if (this.state.phase === "unreachable") this.#setState({ ...this.state, retryAt: null });
    const { phase } = this.state;
    if (phase === "refused" || phase === "not_installed") this.#setState({ phase: "loading" });
    try {
      const pages: ListPage[] = [];
      let serverTime = Number.NaN;
      for (let path: string | null = "sprints"; path !== null; ) {
        const response = await this.#request("GET", path, MAY_NOT_SEE, polling);
        const text = await response.text();
        polling.signal.throwIfAborted();
        const before = this.#pages[pages.length];
        const isAsBefore = before?.path === path && before.text === text;
        const page: ListPage = isAsBefore ? before : readPage(path, text);
        pages.push(page);
        path = page.next;
        serverTime = Date.parse(response.headers.get("Date") ?? "");
      }
      this.#succeeded(pages, serverTime, now() - startedAt);
    } catch (error) {
      if (polling.signal.aborted) return;
      const isMissing = error instanceof RequestError && error.code === NOT_INSTALLED;
      if (isMissing && this.#respondedAt === null) {
        this.#setState({ phase: "not_installed" });
        return;
      }
      const mayRetry = error instanceof RequestError ? error.mayRetry : true;
      const why = error instanceof RequestError ? error.message : "The server's answer broke off.";
      this.#failed(why, mayRetry);
    }
  }

  async #request(
    method: string,
    path: string,
    forbidden: string,
    polling: AbortController,
  ): Promise<Response> {
    const { fetch, document } = this.#browser;
    const { signal } = polling;
    const tooLong = new AbortController();
    const timer = setTimeout(() => tooLong.abort(), TIMEOUT);
    const both = AbortSignal.any([signal, tooLong.signal]);
    try {
      return await request(this.#server, [method, path], forbidden, {
        fetch,
        cookies: () => document.cookie,
        signal: both,
      });
    } catch (error) {
      if (tooLong.signal.aborted) throw new RequestError("The server does not answer.", true);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #succeeded(pages: readonly ListPage[], serverTime: number, took: number): void {
    const { clock } = this.#browser;
    // Most responses are unchanged, and then there is nothing to parse or to draw.
    const isAsBefore =
      pages.length === this.#pages.length && pages.every((page, at) => page === this.#pages[at]);
    const isSame = isAsBefore && this.state.phase === "live";
    if (!isAsBefore) {
      this.runs = pages.flatMap((page) => page.runs);
      this.withoutNotebook = new Set(pages.flatMap((page) => page.withoutNotebook));
      this.keptInMemoryBecause = pages[0]?.keptInMemoryBecause ?? null;
    }
    this.#pages = pages;
    this.#backoff.reset();
    this.#respondedAt = clock();
    this.#clockOffset = serverTime - clock() || 0;
    const pause = this.runs.some(isActive) ? ACTIVE_INTERVAL : IDLE_INTERVAL;
    this.#schedule(Math.min(Math.max(pause, took * COOLDOWN_FACTOR), LONGEST_INTERVAL));
    if (!isSame) this.#setState({ phase: "live" });
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
    this.#timer = setTimeout(() => this.poll(), wait);
  }

  #setState(state: RunsState): void {
    this.state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

function readPage(path: string, text: string): ListPage {
  const answer: unknown = JSON.parse(text);
  const fields: Record<string, unknown> = isObject(answer) ? answer : {};
  const states: RunState[] = Array.isArray(fields["sprints"]) ? fields["sprints"] : [];
  const notebooks = isObject(fields["notebooks"]) ? fields["notebooks"] : {};
  const moved = new Map(Object.entries(notebooks));
  const { next } = fields;
  return {
    path,
    text,
    runs: states.map((run) => {
      const notebook = moved.get(run.sprint_id);
      return typeof notebook === "string" ? { ...run, notebook } : run;
    }),
    withoutNotebook: [...moved].filter(([, now]) => now === null).map(([id]) => id),
    keptInMemoryBecause: field(answer, "kept_in_memory_because"),
    next: typeof next === "number" ? `sprints?before=${next}` : null,
  };
}
