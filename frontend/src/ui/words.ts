// Texts about a run, its connection and its server.

import type { ConnectionState, StorageStatus } from "../feeds/feed.js";
import { formatClock } from "../model/remarks.js";
import type { Run } from "../model/run.js";
import type { RunState } from "../protocol/messages.gen.js";
import type { Status } from "../protocol/messages.js";
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

/** The name of a status. "Lost contact" implies that the run may continue; with a known cause it does not. */
export function statusName({ status, cause }: Pick<RunState, "status" | "cause">): string {
  return status === "lost" && cause !== null ? "Lost" : STATUS_WORDS[status];
}

export function statusWords(run: Run): string {
  return run.isStatusKnown ? statusName(run) : "Joining…";
}

/** "attempt 2"; empty for the first one, or while the number is not known. */
export function attemptAside({ attempt, isComplete }: Run): string {
  return attempt > 1 && isComplete ? `attempt ${formatNumber(attempt)}` : "";
}

const AGAIN = "Run the cell again to start a new attempt.";

const LOST_WORDS = {
  kernel_died: `The kernel that published this run was killed, crashed or ran out of memory. ${AGAIN}`,
  kernel_restarted: `The kernel that published this run was restarted. ${AGAIN}`,
  kernel_shut_down: `The kernel that published this run was shut down. ${AGAIN}`,
};

/** Explains `lost` to the user, in place of the hub's message. */
export function lostWords(cause: RunState["cause"]): string {
  const known = cause === null ? undefined : LOST_WORDS[cause];
  return (
    known ??
    "The publisher may have ended, or its network is down. If it comes back, the run continues here."
  );
}

/** "publisher disconnected 3 s ago"; both times are milliseconds since 1970. */
export function goneWords(goneAt: number, now: number): string {
  return `publisher disconnected ${formatAgo(now - goneAt)}`;
}

/** "as of 20:19:37", by this machine's clock. */
export function asOfWords(asOf: number): string {
  return `as of ${formatClock(asOf)}`;
}

export function storageWords({ code, message }: StorageStatus): string {
  if (code === "storage_full") {
    return "The server's disk is full: new events are kept by the publisher until there is room.";
  }
  const words =
    "The server cannot store new events now; they are kept by the publisher until it can";
  return message ? `${words}: ${message}` : `${words}.`;
}

/** A warning that runs are lost when the server stops. */
export function memoryWords(because: string): string {
  return `This server keeps its runs in memory, and loses them when it stops: ${because}.`;
}

/** Why a saved snapshot is shown in place of the run; empty while the connection is being made. */
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
