// The shared state before and after the newest change of each node of kind `state`, of the newest
// such nodes.

import type { TimelineNode } from "./node.js";
import type { SharedState } from "./shared-state.js";

/** Most nodes with their states, and most characters of these as JSON. */
const MAX_CHANGES = 50;
const MAX_LENGTH = 4_000_000;

export interface StateChange {
  before: unknown;
  after: unknown;
}

export class StateChanges {
  readonly #changes = new Map<TimelineNode, StateChange & { length: number }>();
  #length = 0;

  get(node: TimelineNode): StateChange | undefined {
    return this.#changes.get(node);
  }

  /** Keep a change; the oldest ones are dropped when a bound is reached. */
  keep(node: TimelineNode, before: unknown, { value, length }: SharedState): void {
    this.#drop(node);
    this.#changes.set(node, { before, after: value, length });
    this.#length += length;
    for (const oldest of this.#changes.keys()) {
      const isWithin = this.#changes.size <= MAX_CHANGES && this.#length <= MAX_LENGTH;
      if (isWithin || oldest === node) return;
      this.#drop(oldest);
    }
  }

  #drop(node: TimelineNode): void {
    this.#length -= this.#changes.get(node)?.length ?? 0;
    this.#changes.delete(node);
  }
}
