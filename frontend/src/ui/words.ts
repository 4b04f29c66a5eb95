// What the view says of a run and its connection.

import type { Status } from "../protocol/messages.js";
import type { Run } from "../protocol/run.js";
import { formatClock } from "../protocol/sentences.js";
import type { ConnectionState, Trouble } from "../source.js";
import { formatAgo, formatNumber } from "./format.js";

export const STATUS_WORDS: Record<Status, string> = {
  pending: "Pending",
  running: "Running",
  needs_input: "Needs input",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
  lost: "Lost contact",
};

export function statusWords({ status, isStatusKnown }: Run): string {
  return isStatusKnown ? STATUS_WORDS[status] : "Joining…";
}

/** "attempt 2"; nothing for the first one, or where nobody knows the number yet. */
export function attemptAside({ attempt, isWhole }: Run): string {
  return attempt > 1 && isWhole ? `attempt ${formatNumber(attempt)}` : "";
}

/** In place of the hub's words, which are made for machines. */
export const LOST_WORDS =
  "The publisher may have ended, or its network is down. If it comes back, the run goes on here.";

/** "last seen 14:03:12 (2 min ago)"; both times are milliseconds since 1970. */
export function lastSeenWords(lastSeen: number, now: number): string {
  return `last seen ${formatClock(lastSeen)} (${formatAgo(now - lastSeen)})`;
}

export function troubleWords({ code, message }: Trouble): string {
  if (code === "storage_full") {
    return "The server's disk is full: new events are kept by the publisher until there is room.";
  }
  const words =
    "The server cannot store new events now; they are kept by the publisher until it can";
  return message ? `${words}: ${message}` : `${words}.`;
}

/** Why a saved snapshot stands where the run would; nothing while that may end at any moment. */
export function savedWords(state: ConnectionState): string {
  switch (state.phase) {
    case "connecting":
    case "catching_up":
      return "";
    case "connected":
      return "Saved snapshot. This server does not have this run (yet).";
    default:
      return `Saved snapshot. ${state.why}`;
  }
}

/** The connection in a few words; `now` is by the clock of `performance.now()`. */
export function connectionWords(state: ConnectionState, now: number): string {
  switch (state.phase) {
    case "connecting":
      return "Connecting…";
    case "catching_up":
      return `Catching up: ${formatNumber(state.seq)} of ${formatNumber(state.head)}`;
    case "connected":
      return "Connected";
    case "reconnecting": {
      if (state.retryAt === null) return "Reconnecting…";
      const seconds = Math.max(Math.ceil((state.retryAt - now) / 1000), 0);
      return `Reconnecting in ${seconds} s`;
    }
    case "disconnected":
      return "Disconnected";
    case "no_server":
      return "No server";
  }
}
