// Where a view gets its run from: a Jupyter server, or the kernel through a widget's comm.

import { Run } from "../model/run.js";
import type { AnyEvent } from "../protocol/messages.js";

/** Why the server cannot store new events for now, so that what is shown may be late. */
export interface Trouble {
  code: string;
  message: string | null;
}

/** What the server says of itself and of the publishers, while there is a connection. */
export interface Surroundings {
  trouble?: Trouble | undefined;
  /**
   * When the last publisher of the status was disconnected, in milliseconds since 1970 by the
   * server's clock; undefined while one is connected or none is missed.
   */
  publisherGoneAt?: number | undefined;
  /** Names of other runs, the most similar first, while this one has not begun. */
  similar?: readonly string[] | undefined;
  /** Why the runs of the server end with it; undefined where they outlive it. */
  keptInMemoryBecause?: string | undefined;
}

export type ConnectionState =
  | { phase: "connecting" }
  /** Connected, and reading what the log held before: up to `seq` of `head`. */
  | ({ phase: "catching_up"; seq: number; head: number } & Surroundings)
  | ({ phase: "connected" } & Surroundings)
  /** Will try again at `retryAt`, by the clock of `performance.now()`; null while it tries. */
  | { phase: "reconnecting"; why: string; retryAt: number | null }
  /** Gave up; only the user can change that. */
  | { phase: "disconnected"; why: string }
  /** This page has no server to ask. */
  | { phase: "no_server"; why: string };

export type Phase = ConnectionState["phase"];

/** One run as it comes in. */
export interface Feed {
  /** What has come so far; it changes in place, and `run.version` with it. */
  readonly run: Run;
  readonly state: ConnectionState;
  /** The server's clock minus this machine's, in milliseconds. */
  readonly clockOffset: number;
  /**
   * When there was a connection last, in milliseconds since 1970 by this machine's clock; null
   * while there is one, or where there was none.
   */
  readonly asOf: number | null;
  /** What this link cannot do, in words for the user; empty where it can do all. */
  readonly limits?: string;
  /** Publish an event into the run; false where that cannot be. Throws for what JSON cannot hold. */
  sendMessage(event: AnyEvent): boolean;
  /** Connect now instead of later or never. */
  retry(): void;
  /** Leave no socket, timer or listener; safe to call twice. */
  close(): void;
}

export interface Source {
  /** Follow a run; `onChange` is called after each change of the feed, which may be often. */
  watch(sprintId: string, onChange: () => void): Feed;
}

/** A feed on which nothing ever happens, because of what `state` says. */
export function stillFeed(state: ConnectionState): Feed {
  return {
    run: new Run(),
    state,
    clockOffset: 0,
    asOf: null,
    sendMessage: () => false,
    retry: () => undefined,
    close: () => undefined,
  };
}

/** A feed that shows what another one has, which may be replaced, and is ended in its own way. */
export function forwarded(current: () => Feed, own: Pick<Feed, "retry" | "close">): Feed {
  return {
    get run() {
      return current().run;
    },
    get state() {
      return current().state;
    },
    get clockOffset() {
      return current().clockOffset;
    },
    get asOf() {
      return current().asOf;
    },
    get limits() {
      return current().limits ?? "";
    },
    sendMessage: (event) => current().sendMessage(event),
    ...own,
  };
}

/**
 * When what is shown was true last, in milliseconds since 1970 by the server's clock; null where it
 * is true now. Nothing in it may move then: no clock, no spinner.
 */
export function frozenAt(feed: Feed): number | null {
  return feed.asOf === null ? publisherGoneAt(feed) : feed.asOf + feed.clockOffset;
}

/** Since when a run goes on that has no publisher, by the server's clock; null where it has one. */
export function publisherGoneAt({ run, state }: Feed): number | null {
  return run.isStill || !("publisherGoneAt" in state) ? null : (state.publisherGoneAt ?? null);
}

/** For a page that no Jupyter server gave out. */
export const NO_SERVER: Source = {
  watch: () =>
    stillFeed({
      phase: "no_server",
      why: "This page does not come from a Jupyter server, so there is nothing to follow live. Open the notebook in JupyterLab or Notebook.",
    }),
};
