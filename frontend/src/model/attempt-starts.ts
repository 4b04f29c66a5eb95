// When the attempts of a run began, as far as a view knows it.

/** Most attempts kept; the oldest are dropped. */
const MAX_ATTEMPTS = 1_000;

interface Start {
  /** Number of the event that began the attempt. */
  seq: number;
  /** Milliseconds since 1970. */
  time: number;
}

export class AttemptStarts {
  #starts: readonly Start[] = [];

  /** An attempt began with an event; adding it again changes nothing. */
  add(seq: number, time: number): void {
    this.#add([{ seq, time }]);
  }

  /** Those of another part of the log. */
  addAll(others: AttemptStarts): void {
    this.#add(others.#starts);
  }

  /** When the attempt of an event began; null where that is not known. */
  before(seq: number): number | null {
    return this.#starts.findLast((start) => start.seq <= seq)?.time ?? null;
  }

  #add(more: readonly Start[]): void {
    const added = more.filter(({ seq }) => this.#starts.every((start) => start.seq !== seq));
    if (added.length === 0) return;
    const all = [...this.#starts, ...added];
    this.#starts = all.sort((a, b) => a.seq - b.seq).slice(-MAX_ATTEMPTS);
  }
}
