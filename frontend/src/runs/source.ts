// Where a list of runs comes from: the server's list (protocol 10), page after page, asked for
// again and again by one poller for each server and browser page, however many lists show it.

import type { RunState } from "../protocol/messages.gen.js";
import { isObject } from "../protocol/messages.js";
import type { ServerAddress } from "../server/address.js";
import { field, NOT_INSTALLED, RequestError, request } from "../server/api.js";
import { type Browser, thisBrowser } from "../server/browser.js";
import { pageSingleton } from "../server/page-singleton.js";
import { isUnderWay } from "./list.js";

/** Times between two questions: while a run goes on, and while nothing does. */
const BUSY = 2_000;
const QUIET = 5_000;

/** How many times as long as it took is waited, where that is longer: a long list is much work. */
const REST = 10;

/** The waits after failures double from the first to the last. */
const FIRST_WAIT = 2_000;
const LAST_WAIT = 30_000;

/** How long an answer may take. */
const PATIENCE = 20_000;

const MAY_NOT_SEE = "You are not logged in to this Jupyter server, or not allowed to see its runs.";
const MAY_NOT_DELETE = "You are not logged in any more, or not allowed to delete runs.";

export type RunsState =
  /** Nothing has been answered yet. */
  | { phase: "loading" }
  | { phase: "live" }
  /** What is shown is old; will ask again at `retryAt`, by `performance.now()`; null while it asks. */
  | { phase: "away"; why: string; retryAt: number | null }
  /** Gave up; only the user can change that. */
  | { phase: "refused"; why: string }
  /** The server does not have the extension; it is not asked again before the user wants it. */
  | { phase: "not_installed" };

/** What a list needs of its source. */
export type Runs = Pick<RunsSource, keyof RunsSource>;

/** The runs of one server. */
export class RunsSource {
  /** Which server's. */
  readonly url: string;
  readonly #poller: Poller;

  constructor(server: ServerAddress, browser: Browser = thisBrowser()) {
    this.url = server.apiUrl;
    const pollers = pageSingleton("runs.v2", () => new Map<string, Poller>());
    this.#poller = pollers.get(server.apiUrl) ?? new Poller(server, browser);
    pollers.set(server.apiUrl, this.#poller);
  }

  /** As they were answered last: the one created last first. */
  get runs(): readonly RunState[] {
    return this.#poller.runs;
  }

  /** The runs whose notebook is not there any more. */
  get withoutNotebook(): ReadonlySet<string> {
    return this.#poller.withoutNotebook;
  }

  /** Why the runs end with the server; null where they outlive it. */
  get keptInMemoryBecause(): string | null {
    return this.#poller.keptInMemoryBecause;
  }

  get ids(): string[] {
    return this.runs.map((run) => run.sprint_id);
  }

  get state(): RunsState {
    return this.#poller.state;
  }

  /** The server's time of now, in milliseconds since 1970; it stands where the list is not live. */
  get now(): number {
    return this.#poller.now;
  }

  /** When the server answered last, by this machine's clock; null where it does, or never did. */
  get asOf(): number | null {
    return this.#poller.asOf;
  }

  /** Be told of changes; the first listener starts the polling, the last that leaves ends it. */
  listen(onChange: () => void): () => void {
    return this.#poller.listen(onChange);
  }

  /** Ask now instead of later or never. */
  retry(): void {
    this.#poller.ask();
  }

  /** The user looks again: ask now instead of later. */
  refresh(): void {
    this.#poller.wake();
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
  /** With the paths at which their notebooks are now. */
  runs: readonly RunState[];
  withoutNotebook: readonly string[];
  keptInMemoryBecause: string | null;
  /** Where the next page is, null after the last one. */
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
  /** Aborted when the question under way is given up. */
  #asking = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** As they were answered last. */
  #pages: readonly ListPage[] = [];
  #clockOffset = 0;
  #answeredAt: number | null = null;

  constructor(server: ServerAddress, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  get now(): number {
    return (this.asOf ?? this.#browser.clock()) + this.#clockOffset;
  }

  get asOf(): number | null {
    return this.state.phase === "live" ? null : this.#answeredAt;
  }

  listen(onChange: () => void): () => void {
    const listener = () => onChange();
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
    };
  }

  ask(): void {
    if (this.#listeners.size === 0) return;
    this.#rest();
    if (this.#browser.document.visibilityState !== "hidden") void this.#ask();
  }

  /** As `ask`, but not for what only the user can have changed. */
  wake(): void {
    if (this.state.phase !== "not_installed") this.ask();
  }

  async delete(sprintId: string): Promise<void> {
    const path = `sprints/${encodeURIComponent(sprintId)}`;
    try {
      await this.#request("DELETE", path, MAY_NOT_DELETE, new AbortController());
    } catch (error) {
      // Somebody else was quicker.
      if (!(error instanceof RequestError && error.code === "unknown_sprint")) throw error;
    }
    this.runs = this.runs.filter((run) => run.sprint_id !== sprintId);
    this.#pages = [];
    this.#tell(this.state);
    this.ask();
  }

  #start(): void {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    const wake = () => this.wake();
    this.#browser.window.addEventListener("online", wake, { signal });
    this.#browser.document.addEventListener("visibilitychange", wake, { signal });
    this.ask();
  }

  #stop(): void {
    this.#lifetime.abort();
    this.#rest();
  }

  /** Neither ask nor wait to ask. */
  #rest(): void {
    clearTimeout(this.#timer);
    this.#asking.abort();
  }

  async #ask(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    const { now } = this.#browser;
    const askedAt = now();
    if (this.state.phase === "away") this.#tell({ ...this.state, retryAt: null });
    const { phase } = this.state;
    if (phase === "refused" || phase === "not_installed") this.#tell({ phase: "loading" });
    try {
      const pages: ListPage[] = [];
      let serverTime = Number.NaN;
      for (let path: string | null = "sprints"; path !== null; ) {
        const response = await this.#request("GET", path, MAY_NOT_SEE, asking);
        const text = await response.text();
        asking.signal.throwIfAborted();
        const before = this.#pages[pages.length];
        const isAsBefore = before?.path === path && before.text === text;
        const page: ListPage = isAsBefore ? before : readPage(path, text);
        pages.push(page);
        path = page.next;
        serverTime = Date.parse(response.headers.get("Date") ?? "");
      }
      this.#answered(pages, serverTime, now() - askedAt);
    } catch (error) {
      if (asking.signal.aborted) return;
      const isMissing = error instanceof RequestError && error.code === NOT_INSTALLED;
      if (isMissing && this.#answeredAt === null) {
        this.#tell({ phase: "not_installed" });
        return;
      }
      const may = error instanceof RequestError ? error.mayRetry : true;
      const why = error instanceof RequestError ? error.message : "The server's answer broke off.";
      this.#failed(why, may);
    }
  }

  async #request(
    method: string,
    path: string,
    forbidden: string,
    asking: AbortController,
  ): Promise<Response> {
    const { fetch, document } = this.#browser;
    const { signal } = asking;
    const tooLong = new AbortController();
    const timer = setTimeout(() => tooLong.abort(), PATIENCE);
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

  #answered(pages: readonly ListPage[], serverTime: number, took: number): void {
    const { clock } = this.#browser;
    // Most answers are as the one before, and then there is nothing to read or to draw.
    const isAsBefore =
      pages.length === this.#pages.length && pages.every((page, at) => page === this.#pages[at]);
    const isSame = isAsBefore && this.state.phase === "live";
    if (!isAsBefore) {
      this.runs = pages.flatMap((page) => page.runs);
      this.withoutNotebook = new Set(pages.flatMap((page) => page.withoutNotebook));
      this.keptInMemoryBecause = pages[0]?.keptInMemoryBecause ?? null;
    }
    this.#pages = pages;
    this.#failures = 0;
    this.#answeredAt = clock();
    this.#clockOffset = serverTime - clock() || 0;
    const pause = this.runs.some(isUnderWay) ? BUSY : QUIET;
    this.#again(Math.min(Math.max(pause, took * REST), LAST_WAIT));
    if (!isSame) this.#tell({ phase: "live" });
  }

  #failed(why: string, mayRetry: boolean): void {
    if (!mayRetry) {
      this.#tell({ phase: "refused", why });
      return;
    }
    const { now, random } = this.#browser;
    const most = Math.min(FIRST_WAIT * 2 ** this.#failures, LAST_WAIT);
    // Not all pages of a server that is back ask at once.
    const wait = most * (0.75 + random() / 4);
    this.#failures += 1;
    this.#again(wait);
    this.#tell({ phase: "away", why, retryAt: now() + wait });
  }

  #again(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.ask(), wait);
  }

  #tell(state: RunsState): void {
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
