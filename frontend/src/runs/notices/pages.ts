// The pages of one browser that show the same server: of one event, one of them gives notice, and
// none while one of them is visible.
//
// A visible page holds a shared lock, which the browser releases when the page ends in any way. A
// page that gives notice first stores the key of the notice, under an exclusive lock. Browsers have
// locks only for pages that come by https or from this machine; without them two pages may both give
// notice.

import type { Memory } from "../attention.js";

/** Time in which an event with the same key is the same event, in milliseconds. */
const SAME_MS = 60_000;

const MAX_KEYS = 100;

type Claim = [key: string, at: number];

/** What is used of the browser; a test has several pages in one. */
export interface PagesBrowser {
  locks: Pick<LockManager, "request" | "query"> | undefined;
  memory: () => Memory;
  document: EventTarget & Pick<Document, "visibilityState">;
  clock: () => number;
}

export function pagesBrowser(): PagesBrowser {
  return {
    // Undefined where the page came by http from another machine.
    locks: navigator.locks as LockManager | undefined,
    memory: () => localStorage,
    document,
    clock: () => Date.now(),
  };
}

export class Pages {
  readonly #name: string;
  readonly #browser: PagesBrowser;
  readonly #lifetime = new AbortController();
  #release: () => void = () => undefined;

  constructor(serverUrl: string, browser: PagesBrowser = pagesBrowser()) {
    this.#name = `realtime-widgets.notices ${serverUrl}`;
    this.#browser = browser;
    const { document } = browser;
    const { signal } = this.#lifetime;
    document.addEventListener("visibilitychange", () => this.#holdWhileVisible(), { signal });
    this.#holdWhileVisible();
  }

  get isHidden(): boolean {
    return this.#browser.document.visibilityState === "hidden";
  }

  close(): void {
    this.#lifetime.abort();
    this.#release();
  }

  /** Whether this page is to give notice of an event; at most one page gets true for a key. */
  async claim(key: string): Promise<boolean> {
    if (await this.#isAnyVisible()) return false;
    const { locks } = this.#browser;
    if (locks === undefined) return this.#store(key);
    return locks.request(this.#name, () => this.#store(key));
  }

  #holdWhileVisible(): void {
    this.#release();
    this.#release = () => undefined;
    if (this.isHidden) return;
    const hidden = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    const { locks } = this.#browser;
    // It is refused only where the page is being closed.
    locks?.request(this.#visible, { mode: "shared" }, () => hidden).catch(() => undefined);
  }

  async #isAnyVisible(): Promise<boolean> {
    if (!this.isHidden) return true;
    const { held = [] } = (await this.#browser.locks?.query()) ?? {};
    return held.some(({ name }) => name === this.#visible);
  }

  get #visible(): string {
    return `${this.#name} visible`;
  }

  #store(key: string): boolean {
    const now = this.#browser.clock();
    const claims = this.#load().filter(([, at]) => at > now - SAME_MS && at <= now);
    if (claims.some(([claimed]) => claimed === key)) return false;
    try {
      const kept = [...claims, [key, now]].slice(-MAX_KEYS);
      this.#browser.memory().setItem(this.#name, JSON.stringify(kept));
    } catch {
      // Without storage each page gives notice.
    }
    return true;
  }

  #load(): Claim[] {
    try {
      const stored: unknown = JSON.parse(this.#browser.memory().getItem(this.#name) ?? "[]");
      return Array.isArray(stored) ? stored.filter(isClaim) : [];
    } catch {
      return [];
    }
  }
}

function isClaim(value: unknown): value is Claim {
  return Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "number";
}
