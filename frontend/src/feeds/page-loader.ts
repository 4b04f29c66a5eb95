// Loads the parts of a run's history that its views show, one page at a time.

import type { Run } from "../model/run.js";
import type { History } from "./feed.js";
import { type LoadedPage, PAGE_EVENTS, type PageRange, takePage } from "./load-events.js";

interface PageLoaderOptions {
  run: Run;
  load: (range: PageRange) => Promise<LoadedPage>;
  /** The epoch of the run's log; a page of another one is discarded. */
  epoch: () => string | null;
  onChange: () => void;
  /** Aborted when the feed is closed. */
  signal: AbortSignal;
}

export class PageLoader implements History {
  failure: string | null = null;
  readonly #options: PageLoaderOptions;
  /** What each part of a view needs; the one that changed last is the last. */
  readonly #wanted = new Map<object, number>();
  /** The events that are being loaded. */
  #range: PageRange | null = null;
  #attempt = new AbortController();

  constructor(options: PageLoaderOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#cancel());
  }

  want(part: object, seq: number | null): void {
    if (seq === this.#wanted.get(part)) return;
    this.#wanted.delete(part);
    if (seq !== null) this.#wanted.set(part, seq);
    this.#next();
  }

  retry(): void {
    this.failure = null;
    this.#next();
  }

  /** Continue with the page under way, or load what was wanted last. */
  #next(): void {
    if (this.failure !== null || this.#options.signal.aborted) return;
    const seqs = [...this.#wanted.values()];
    const range = this.#range;
    if (range && seqs.some((seq) => range.first <= seq && seq <= range.last)) return;
    this.#cancel();
    const seq = seqs.at(-1);
    if (seq === undefined) return;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#range = { ...rangeAround(seq, this.#options.run), signal: attempt.signal };
    void this.#load(this.#range);
  }

  async #load(range: PageRange): Promise<void> {
    const { run, load, epoch, onChange } = this.#options;
    const failure = await takePage(load(range), range.signal, (page) => {
      if (page.epoch !== epoch()) return false;
      run.fill(page);
      return true;
    });
    if (failure === undefined) return;
    this.failure = failure;
    this.#range = null;
    // The next drawing determines what is needed then.
    this.#wanted.clear();
    onChange();
  }

  #cancel(): void {
    this.#attempt.abort();
    this.#range = null;
  }
}

/** The page around an event: within what is not loaded, and next to its end where that is near. */
function rangeAround(seq: number, run: Run): Omit<PageRange, "signal"> {
  const hole = run.log.stretches.find(
    ({ lines, first, last }) => lines === null && first <= seq && seq <= last,
  );
  // The lines are there, but not the messages of agents before those in the timeline.
  if (!hole) return { first: Math.max(seq - PAGE_EVENTS + 1, 1), last: seq, isBackwards: true };
  const { first, last } = hole;
  if (seq > last - PAGE_EVENTS) {
    return { first: Math.max(last - PAGE_EVENTS + 1, first), last, isBackwards: true };
  }
  const from = Math.max(Math.min(seq - PAGE_EVENTS / 2, last - PAGE_EVENTS + 1), first);
  return { first: from, last: from + PAGE_EVENTS - 1, isBackwards: false };
}
