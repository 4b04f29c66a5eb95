// Which runs want to be looked at: those that wait for an answer, and those that failed or were
// lost since the list was last looked at, which this browser remembers for each server.

import type { RunState } from "../protocol/messages.gen.js";
import { isFailed } from "./list.js";

/** What is used of the browser's storage, which may be switched off, full or forbidden. */
export type Memory = Pick<Storage, "getItem" | "setItem">;

export class Attention {
  readonly #key: string;
  readonly #memory: () => Memory;
  /** Time of the newest change that was looked at, as the server wrote it; null before the first. */
  #lookedAt: string | null = null;

  constructor(serverUrl: string, memory: () => Memory = () => localStorage) {
    this.#key = `realtime-widgets.looked-at ${serverUrl}`;
    this.#memory = memory;
    this.#lookedAt = this.#recall();
  }

  /** How many runs want to be looked at. */
  count(runs: readonly RunState[]): number {
    // What was there before anybody looked is no news.
    this.#lookedAt ??= newest(runs);
    const lookedAt = this.#lookedAt;
    return runs.filter(
      (run) => run.status === "needs_input" || (isFailed(run) && changed(run) > lookedAt),
    ).length;
  }

  /** The user sees these runs. */
  look(runs: readonly RunState[]): void {
    // Another list of this server may have been looked at later.
    const before = this.#recall() ?? "";
    const now = newest(runs);
    this.#lookedAt = now > before ? now : before;
    if (this.#lookedAt === before) return;
    try {
      this.#memory().setItem(this.#key, this.#lookedAt);
    } catch {
      // Then it is remembered for as long as the page lives.
    }
  }

  #recall(): string | null {
    try {
      return this.#memory().getItem(this.#key);
    } catch {
      return this.#lookedAt;
    }
  }
}

/** When a run came to the status that it has; the server's times can be compared as text. */
function changed({ ended, updated }: RunState): string {
  return ended ?? updated ?? "";
}

function newest(runs: readonly RunState[]): string {
  return runs.reduce((latest, run) => (changed(run) > latest ? changed(run) : latest), "");
}
