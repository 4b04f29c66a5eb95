// Counts of the newest attempt; each stops at the largest safe integer.

import type { Log, RunState } from "../protocol/messages.gen.js";
import { severityOf } from "./severe-events.js";
import { sum } from "./values.js";

export class Counts {
  /** Log messages. */
  logs = 0;
  /** Log messages of level `error` and `critical`. */
  errors = 0;
  /** Messages of agents. */
  messages = 0;
  /** Lost events: gaps in the log, and events dropped before they were stored. */
  lost = 0;
  #missed = 0;

  /** The counts of a state, which does not know what this view missed. */
  adopt({ logs, errors, messages, dropped }: RunState): void {
    this.logs = logs;
    this.errors = errors;
    this.messages = messages;
    this.lost = sum(this.#missed, dropped);
  }

  addLog(level: Log["level"]): void {
    this.logs = sum(this.logs, 1);
    if (severityOf(level ?? "info") === "error") this.errors = sum(this.errors, 1);
  }

  addMessage(): void {
    this.messages = sum(this.messages, 1);
  }

  /** Events were dropped before they were stored. */
  addDropped(count: number): void {
    this.lost = sum(this.lost, count);
  }

  /** Events are missing in the log. */
  addMissed(count: number): void {
    this.#missed = sum(this.#missed, count);
    this.lost = sum(this.lost, count);
  }
}
