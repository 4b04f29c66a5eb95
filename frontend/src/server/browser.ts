// The browser's functions that a connection uses.

import type { Requester } from "./api.js";
import { randomId } from "./random-id.js";

/** Replaced by a fake in tests. */
export interface Browser {
  fetch: typeof fetch;
  WebSocket: typeof WebSocket;
  /** Fires `online` and `offline`. */
  window: EventTarget;
  /** Fires `visibilitychange`. */
  document: EventTarget & Pick<Document, "cookie" | "visibilityState">;
  /** A monotonic clock in milliseconds. */
  now: () => number;
  /** Milliseconds since 1970. */
  clock: () => number;
  random: () => number;
  randomId: () => string;
}

/** What requests need of a browser. */
export interface FetchingBrowser {
  fetch: Browser["fetch"];
  document: { cookie: string };
}

/** The same until the signal is aborted. */
export function requesterOf({ fetch, document }: FetchingBrowser, signal: AbortSignal): Requester {
  return { fetch, cookies: () => document.cookie, signal };
}

export function thisBrowser(): Browser {
  return {
    // `fetch` throws when it is not called on its window.
    fetch: (...request) => fetch(...request),
    WebSocket,
    window,
    document,
    now: () => performance.now(),
    clock: () => Date.now(),
    random: () => Math.random(),
    randomId,
  };
}
