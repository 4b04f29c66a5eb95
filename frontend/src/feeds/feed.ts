// What a view needs of its transport: a Jupyter server, or the kernel through a comm.

import type { Run } from "../model/run.js";
import type { AnyEvent } from "../protocol/messages.js";
import type { ServerAddress } from "../server/address.js";
import type { LoadBlob } from "./blobs.js";
import type { LoadCode } from "./code-loader.js";
import { type SendReply, sendReply } from "./reply.js";
import type { Search } from "./search.js";
import type { RunSharing } from "./sharing.js";

/** Why the server cannot store new events for now, so that the view may be late. */
export interface StorageStatus {
  code: string;
  message: string | null;
}

/** How many users watch a run, and the names of the first of them. */
export interface Watching {
  count: number;
  names: readonly string[];
}

/** The state of the server and of the publishers, while there is a connection. */
export interface ServerStatus {
  /** Undefined while events are stored. */
  storage?: StorageStatus | undefined;
  /**
   * When the last publisher was disconnected, in milliseconds since 1970 by the server's clock;
   * undefined while one is connected or none is expected.
   */
  publisherGoneAt?: number | undefined;
  /** Whether this login may not write to the run, and so not answer. */
  isReadOnly?: boolean | undefined;
  /** The users who watch the run in pages; undefined while there is no other one. */
  watching?: Watching | undefined;
  /** Names of other runs, the most similar first, while this run has no events. */
  similar?: readonly string[] | undefined;
  /** Why the server keeps runs in memory only; undefined where they outlive it. */
  keptInMemoryBecause?: string | undefined;
}

export type ConnectionState =
  | { phase: "connecting" }
  /** Connected, and reading the existing log: up to `seq` of `head`. */
  | ({ phase: "catching_up"; seq: number; head: number } & ServerStatus)
  | ({ phase: "connected" } & ServerStatus)
  /** The next attempt is at `retryAt`, by `performance.now()`; null while one is in progress. */
  | { phase: "reconnecting"; why: string; retryAt: number | null }
  /** No further attempts, except by `retry`. */
  | { phase: "disconnected"; why: string }
  /** This page has no server. */
  | { phase: "no_server"; why: string };

export type Phase = ConnectionState["phase"];

/** Loads events that a run does not have yet, one page at a time. */
export interface History {
  /** Why the last page could not be loaded, in words for the user; null where it was. */
  readonly failure: string | null;
  /**
   * Load the events around `seq`, which are not loaded, or of which the timeline has no nodes;
   * null where `part` of a view needs nothing more. A page that no part needs is cancelled. After a
   * failure nothing is loaded until `retry`, or until there is a new connection.
   */
  want(part: object, seq: number | null): void;
  /** Load the page that could not be loaded. */
  retry(): void;
}

/** Loads the curves of metrics that a run does not have (`RunMetrics.isWhole`). */
export interface SeriesHistory {
  /** Why they could not be loaded, in words for the user; null where they were. */
  readonly failure: string | null;
  /** Load those of an attempt; after a failure nothing is loaded until `retry`. */
  want(attempt: number): void;
  /** Let a view request them again. */
  retry(): void;
}

/** How a log is written to a file: lines of text, or events as JSON (protocol 10.2). */
export type LogFormat = "text" | "ndjson";

/** One run and the state of its connection. */
export interface Feed {
  /** The events so far, reduced; it changes in place, and `run.version` with it. */
  readonly run: Run;
  readonly state: ConnectionState;
  /** The server's clock minus this machine's, in milliseconds. */
  readonly clockOffset: number;
  /**
   * When the last connection ended, in milliseconds since 1970 by this machine's clock; null while
   * there is one, or where there was none.
   */
  readonly asOf: number | null;
  /** Loads older events; null where the transport has them only once. */
  readonly history: History | null;
  /** Loads the curves of metrics; null where the transport cannot. */
  readonly series?: SeriesHistory | null;
  /** Loads parts of the view; null where nothing can be loaded. */
  readonly loadCode?: LoadCode | null;
  /** Loads blobs; null where the transport cannot. */
  readonly loadBlob?: LoadBlob | null;
  /** Searches the log. */
  readonly search: Search;
  /** The address of the whole log as a file; null where there is no server. */
  readonly fileUrl: ((format: LogFormat) => string) | null;
  /** The limits of this transport, in words for the user; empty where it has none. */
  readonly limits?: string;
  /** Sends an answer, a stop or a message to the run; undefined where the transport cannot. */
  readonly reply?: SendReply;
  /** What an answer that is not taken soon may wait for, in words for the user. */
  readonly replyLimit?: string;
  /** The server whose kernels this page may use; null where there is none. */
  readonly kernelServer?: ServerAddress | null;
  /** Which users may use the run; undefined where the server shares none. */
  readonly sharing?: RunSharing | undefined;
  /** Publish an event; false where it is not accepted. Throws `JsonError` for values that JSON cannot represent. */
  sendMessage(event: AnyEvent): boolean;
  /** End the wait for the next attempt, or start one where none was planned. */
  retry(): void;
  /** Release sockets, timers and listeners; safe to call twice. */
  close(): void;
}

export interface Source {
  /** Open a feed of a run. `onChange` is called after each change, which may be often; not before this returns. */
  watch(sprintId: string, onChange: () => void): Feed;
  /** Loads parts of the view, also where none of its feeds is open. */
  loadCode?: LoadCode;
}

/** What a forwarding feed does not take from the other one. */
type Own = Pick<Feed, "retry" | "close"> & Partial<Pick<Feed, "loadCode">>;

/** A feed that forwards to another one, which may be replaced. */
export function forwarded(current: () => Feed, own: Own): Feed {
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
    get history() {
      return current().history;
    },
    get series() {
      return current().series ?? null;
    },
    get loadCode() {
      return current().loadCode ?? null;
    },
    get loadBlob() {
      return current().loadBlob ?? null;
    },
    get search() {
      return current().search;
    },
    get fileUrl() {
      return current().fileUrl;
    },
    get limits() {
      return current().limits ?? "";
    },
    get kernelServer() {
      return current().kernelServer ?? null;
    },
    get replyLimit() {
      return current().replyLimit ?? "";
    },
    get sharing() {
      return current().sharing;
    },
    reply: (answer, signal) => sendReply(current(), answer, signal),
    sendMessage: (event) => current().sendMessage(event),
    ...own,
  };
}

/**
 * When the view was last up to date, in milliseconds since 1970 by the server's clock; null while it
 * is. A view that is out of date shows no running clock and no spinner.
 */
export function frozenAt(feed: Feed): number | null {
  return feed.asOf === null ? publisherGoneAt(feed) : feed.asOf + feed.clockOffset;
}

/** Since when an unfinished run has no publisher, by the server's clock; null where it has one. */
export function publisherGoneAt({ run, state }: Feed): number | null {
  return run.isFinished || !("publisherGoneAt" in state) ? null : (state.publisherGoneAt ?? null);
}

/** Whether the user may read the run, and not write to it. */
export function isReadOnly({ state }: Feed): boolean {
  return "isReadOnly" in state && state.isReadOnly === true;
}

/** What sends replies of this user; undefined where nothing can, or the user may not write. */
export function replyOf(feed: Feed): SendReply | undefined {
  return isReadOnly(feed) ? undefined : feed.reply;
}
