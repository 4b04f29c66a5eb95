// What a session passes on to whoever shows the run.

import type { AnyEvent } from "./messages.js";

/** Events of the log, in order and once; event i has the number `first + i`. */
export interface EventsNotice {
  kind: "events";
  first: number;
  /** When the server stored them: ISO 8601, UTC. */
  timestamp: string;
  events: AnyEvent[];
}

export type Notice =
  | EventsNotice
  /** Events `from` to `to` are not kept any more. */
  | { kind: "gap"; from: number; to: number }
  /** The log began anew; what came before is void. */
  | { kind: "reset"; reason: string }
  /** An event for this view only, which is not in the log. */
  | { kind: "direct"; event: AnyEvent }
  /** The server could not use a message of this view. */
  | { kind: "error"; code: string; message: string }
  /** An event that this view published was refused for good. */
  | { kind: "refused"; n: number; code: string; message: string };
