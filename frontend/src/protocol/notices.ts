// What a session passes on to whoever shows the run.

import type { RunState } from "./messages.gen.js";
import type { AnyEvent } from "./messages.js";

/** Events of the log, in order and once; event i has the number `first + i`. */
export interface EventsNotice {
  kind: "events";
  first: number;
  /** When the server stored them: ISO 8601, UTC. */
  timestamp: string;
  events: AnyEvent[];
}

/** What there is to know of a run. */
export type RunNotice =
  | EventsNotice
  /** Events `from` to `to` are not kept any more. */
  | { kind: "gap"; from: number; to: number; reason: string }
  /** What the events that are missing have made of the run, as it is at `state.head`. */
  | { kind: "state"; state: RunState }
  /** What came before is void: the log began anew, or is gone and nothing is known of another. */
  | { kind: "reset"; reason: string; isGone?: boolean }
  /** An event for this view only, which is not in the log. */
  | { kind: "direct"; event: AnyEvent }
  /** The server could not use a message of this view. */
  | { kind: "error"; code: string; message: string }
  /** An event that this view published was refused for good. */
  | { kind: "refused"; n: number; code: string; message: string };

/** Why the server cannot store new events for now; it can again where `code` is null. */
export interface TroubleNotice {
  kind: "trouble";
  code: string | null;
  message: string | null;
}

/** Since when no publisher of the status is connected, in seconds since 1970; null while one is. */
export interface PresenceNotice {
  kind: "presence";
  disconnectedAt: number | null;
}

export type Notice = RunNotice | TroubleNotice | PresenceNotice;
