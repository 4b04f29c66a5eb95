// What is used of the browser around a connection.

import { randomId } from "./random-id.js";

/** What the connection needs of the browser; tests have their own. */
export interface Browser {
  fetch: typeof fetch;
  WebSocket: typeof WebSocket;
  /** Tells `online`. */
  window: EventTarget;
  /** Tells `visibilitychange`. */
  document: EventTarget & Pick<Document, "cookie" | "visibilityState">;
  /** Milliseconds that only go forward. */
  now: () => number;
  /** Milliseconds since 1970. */
  clock: () => number;
  random: () => number;
  randomId: () => string;
}

export function thisBrowser(): Browser {
  return {
    // A method taken off its window does not work.
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
