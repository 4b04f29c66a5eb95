// Follows a run for a notebook that somebody else wrote: such a one must not make this page open
// a log that has nothing to do with it, so the server is asked first whether it has the run.

import type { ServerAddress } from "../server/address.js";
import { RequestError, request } from "../server/api.js";
import { NO_LOGIN } from "../server/ticket.js";
import { type Feed, forwarded, type Source, stillFeed } from "./feed.js";

const UNKNOWN = "This server does not have this run.";
const NO_ANSWER = "This server did not tell whether it has this run.";

export class CautiousSource implements Source {
  readonly #server: ServerAddress;
  readonly #source: Source;

  /** Asks `server`, and follows by `source` what it knows. */
  constructor(server: ServerAddress, source: Source) {
    this.#server = server;
    this.#source = source;
  }

  watch(sprintId: string, onChange: () => void): Feed {
    const lifetime = new AbortController();
    let feed: Feed = stillFeed({ phase: "connecting" });
    let isFollowing = false;
    const ask = async () => {
      feed = stillFeed({ phase: "connecting" });
      const why = await whyNot(this.#server, sprintId, lifetime.signal);
      if (lifetime.signal.aborted) return;
      isFollowing = why === null;
      feed =
        why === null
          ? this.#source.watch(sprintId, onChange)
          : stillFeed({ phase: "disconnected", why });
      onChange();
    };
    void ask();
    return forwarded(() => feed, {
      retry: () => {
        if (lifetime.signal.aborted) return;
        if (isFollowing) feed.retry();
        else if (feed.state.phase === "disconnected") {
          void ask();
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

/** Why the run is not followed, or null where the server has it. */
async function whyNot(
  server: ServerAddress,
  sprintId: string,
  signal: AbortSignal,
): Promise<string | null> {
  // To ask for the state of a run that is not there is a 404, which Jupyter logs as a warning.
  const question = ["GET", `sprints/${sprintId}/events?limit=0`] as const;
  try {
    const cookies = () => document.cookie;
    const response = await request(server, question, NO_LOGIN, { fetch, cookies, signal });
    const { head }: { head?: unknown } = await response.json();
    return typeof head === "number" && head > 0 ? null : UNKNOWN;
  } catch (error) {
    return error instanceof RequestError ? error.message : NO_ANSWER;
  }
}
