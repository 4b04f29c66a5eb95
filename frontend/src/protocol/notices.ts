// What a session passes on to the model of a run.

import type {
  Direct,
  Error as ErrorMessage,
  Presence,
  RunState,
  State,
  Trouble,
  Watching,
} from "./messages.gen.js";
import type { AnyEvent } from "./messages.js";

/** Events of the log, in order and once; event i has the number `first + i`. */
export interface EventsNotice {
  kind: "events";
  first: number;
  /** When the server stored them: ISO 8601, UTC. */
  timestamp: string;
  /** The user who published them. */
  user?: string | null;
  events: AnyEvent[];
}

/** A change of the run. */
/** Events `from` to `to` are not sent: not kept any more or, where they are `skipped`, older. */
export interface GapNotice {
  kind: "gap";
  from: number;
  to: number;
  reason: string;
}

export type RunNotice =
  | EventsNotice
  | GapNotice
  /** The run's state as of `state.head`, which makes up for missing events. */
  | { kind: "state"; state: RunState }
  /** All earlier events are void: the log was replaced, or is gone (`isGone`). */
  | { kind: "reset"; reason: string; isGone?: boolean }
  /** An event for this connection only, which is not in the log. */
  | { kind: "direct"; event: AnyEvent }
  /** The server could not process a message of this client. */
  | { kind: "error"; code: string; message: string }
  /** An event that this client published was rejected for good. */
  | { kind: "refused"; n: number; code: string; message: string };

/** Why the server cannot store new events for now; `code` is null where it can again. */
export interface StorageNotice {
  kind: "storage";
  code: string | null;
  message: string | null;
}

/** Since when no publisher is connected, in seconds since 1970; null while one is. */
export interface PresenceNotice {
  kind: "presence";
  disconnectedAt: number | null;
}

/** The users who watch the run in pages: how many, and the names of the first. */
export interface WatchingNotice {
  kind: "watching";
  count: number;
  names: readonly string[];
}

export type Notice = RunNotice | StorageNotice | PresenceNotice | WatchingNotice;

/** The notice of a message that is passed on as it is. */
export function noticeOf(
  message: Direct | Trouble | Presence | Watching | State | ErrorMessage,
): Notice {
  switch (message.type) {
    case "direct":
      return { kind: "direct", event: message.event };
    case "trouble":
      return { kind: "storage", code: message.code, message: message.message };
    case "presence":
      return { kind: "presence", disconnectedAt: message.disconnected_at };
    case "watching":
      return { kind: "watching", count: message.count, names: message.names };
    case "state":
      return { kind: "state", state: message.state };
    case "error":
      return { kind: "error", code: message.code, message: message.message };
  }
}
