// What of a timeline the reader has unfolded or folded: a choice lasts as long as the timeline.

import type { Timeline } from "../../model/timeline.js";

const FOLDS = new WeakMap<Timeline, Folds>();

/** The choices of the reader in a timeline, in all views of it. */
export function foldsOf(timeline: Timeline): Folds {
  let folds = FOLDS.get(timeline);
  if (!folds) {
    folds = new Folds();
    FOLDS.set(timeline, folds);
  }
  return folds;
}

export class Folds {
  readonly #choices = new Map<string, boolean>();
  readonly #versions = new Map<string, number>();
  /** Grows with each choice. */
  version = 0;

  /** Whether a part of a row is unfolded; without a choice of the reader, `otherwise`. */
  isOpen(row: string, part: string, otherwise: boolean): boolean {
    // Asked for each row of each drawing, and most timelines have no choice.
    if (this.version === 0) return otherwise;
    return this.#choices.get(`${row} ${part}`) ?? otherwise;
  }

  set(row: string, part: string, isOpen: boolean): void {
    this.#choices.set(`${row} ${part}`, isOpen);
    this.#versions.set(row, this.versionOf(row) + 1);
    this.version += 1;
  }

  /** Grows with each choice in a row. */
  versionOf(row: string): number {
    return this.#versions.get(row) ?? 0;
  }
}
