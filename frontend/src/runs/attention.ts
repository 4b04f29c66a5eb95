// Counts the runs that need attention: those that wait for input, and those that failed or were lost
// since the list was last visible. The browser's storage has that time for each server.

import type { RunState } from "../protocol/messages.gen.js";
import { isFailed } from "./list.js";

/** What is used of the browser's storage, which may be disabled, full or forbidden. */
export type Memory = Pick<Storage, "getItem" | "setItem">;

export class Attention {
  readonly #key: string;
  readonly #memory: () => Memory;
  /** Server time of the newest change that was visible, as text; null before the first list. */
  #seenAt: string | null = null;

  constructor(serverUrl: string, memory: () => Memory = () => localStorage) {
    this.#key = `realtime-widgets.looked-at ${serverUrl}`;
    this.#memory = memory;
    this.#seenAt = this.#load();
  }

  /** Number of runs that need attention. */
  count(runs: readonly RunState[]): number {
    // Changes before the first list need no attention.
    this.#seenAt ??= newest(runs);
    const seenAt = this.#seenAt;
    return runs.filter(
      (run) => run.status === "needs_input" || (isFailed(run) && changed(run) > seenAt),
    ).length;
  }

  /** These runs are visible to the user. */
  markSeen(runs: readonly RunState[]): void {
    // Another list of this server may have stored a later time.
    const before = this.#load() ?? "";
    const now = newest(runs);
    this.#seenAt = now > before ? now : before;
    if (this.#seenAt === before) return;
    try {
      this.#memory().setItem(this.#key, this.#seenAt);
    } catch {
      // Without storage it lasts as long as the page.
    }
  }

  #load(): string | null {
    try {
      return this.#memory().getItem(this.#key);
    } catch {
      return this.#seenAt;
    }
  }
}

/** When the status changed last; the server's times can be compared as text. */
function changed({ ended, updated }: RunState): string {
  return ended ?? updated ?? "";
}

function newest(runs: readonly RunState[]): string {
  return runs.reduce((latest, run) => (changed(run) > latest ? changed(run) : latest), "");
}
