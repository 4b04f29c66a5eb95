// What the view says of a run and its connection.

import type { Status } from "../protocol/messages.js";
import type { ConnectionState } from "../source.js";
import { formatNumber } from "./format.js";

export const STATUS_WORDS: Record<Status, string> = {
  pending: "Pending",
  running: "Running",
  needs_input: "Needs input",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
  lost: "Lost",
};

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
