// Follows a run for an output that is not trusted. Such an output must not make this page open a
// channel of an arbitrary name, so a request verifies first that the server has the run.

import type { ServerAddress } from "../server/address.js";
import { RequestError } from "../server/api.js";
import { type FetchingBrowser, thisBrowser } from "../server/browser.js";
import { type RunRequest, runRequest } from "../server/run-request.js";
import { type Feed, forwarded, type Source } from "./feed.js";
import { staticFeed } from "./static-feed.js";

const UNKNOWN = "This server does not have this run.";
const NO_ANSWER = "This server did not answer whether it has this run.";

export class VerifiedSource implements Source {
  readonly #server: ServerAddress;
  readonly #source: Source;
  readonly #browser: FetchingBrowser;

  /** Verifies by a request to `server`, and follows through `source`. */
  constructor(server: ServerAddress, source: Source, browser: FetchingBrowser = thisBrowser()) {
    this.#server = server;
    this.#source = source;
    this.#browser = browser;
  }

  watch(sprintId: string, onChange: () => void): Feed {
    const lifetime = new AbortController();
    let feed: Feed = staticFeed({ phase: "connecting" });
    let isFollowing = false;
    const verify = async () => {
      feed = staticFeed({ phase: "connecting" });
      const send = runRequest(this.#server, sprintId, this.#browser);
      const why = await findObstacle(send, lifetime.signal);
      if (lifetime.signal.aborted) return;
      isFollowing = why === null;
      feed =
        why === null
          ? this.#source.watch(sprintId, onChange)
          : staticFeed({ phase: "disconnected", why });
      onChange();
    };
    void verify();
    return forwarded(() => feed, {
      retry: () => {
        if (lifetime.signal.aborted) return;
        if (isFollowing) feed.retry();
        else if (feed.state.phase === "disconnected") {
          void verify();
          onChange();
        }
      },
      close: () => {
        lifetime.abort();
        feed.close();
      },
    });
  }
}

/** Why the run cannot be followed, or null where the server has it. */
async function findObstacle(send: RunRequest, signal: AbortSignal): Promise<string | null> {
  try {
    // Not the state: for an unknown run that is a 404, which Jupyter logs as a warning.
    const response = await send(["GET", "position"], signal);
    const { head }: { head?: unknown } = await response.json();
    return typeof head === "number" && head > 0 ? null : UNKNOWN;
  } catch (error) {
    return error instanceof RequestError ? error.message : NO_ANSWER;
  }
}
