// The matches of a search in a run, and which of them is the current one.
//
// Theory of operation. A search goes backwards from the newest event, because a reader is mostly
// there, and reports matches while it runs. It reports a bounded number of them and counts all; the
// older ones are searched for when the reader gets there. Events that come later are searched a
// second after they have come. A new query cancels what is running.

import type { Match, Search, SearchProgress, SearchQuery } from "../../feeds/search.js";
import { sentence } from "../../model/remarks.js";
import { RequestError } from "../../server/api.js";

/** Delay after a key press before the search begins, in milliseconds. */
const TYPING = 150;

/** Delay before events are searched that came after the search, in milliseconds. */
const EXTEND_EVERY = 1_000;

/** The place of a reader who is at the end: after every event. Larger numbers are not safe. */
export const NEWEST = Number.MAX_SAFE_INTEGER;

export class Finder {
  /** What is searched; null while there is no search. */
  query: SearchQuery | null = null;
  /** Number of matching lines so far. */
  count = 0;
  /** The share of the log that was searched, 0 to 1. */
  share = 0;
  /** Whether a search is running or about to. */
  isSearching = false;
  /** Why the search failed or ended early; null where it did not. */
  failure: string | null = null;
  readonly #search: Search;
  readonly #onChange: () => void;
  /** In the order of the log. */
  #matches: Match[] = [];
  /** How many matching lines are older than the first of `#matches`. */
  #older = 0;
  #current = -1;
  /** The event at which the reader was when the search began. */
  #from = NEWEST;
  /** Number of the newest event that was searched. */
  #head = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = new AbortController();

  constructor(search: Search, onChange: () => void) {
    this.#search = search;
    this.#onChange = onChange;
  }

  /** The match that the reader is at, or null. */
  get current(): Match | null {
    return this.#matches[this.#current] ?? null;
  }

  /** The position of the current match among all, from 1; 0 where there is none. */
  get position(): number {
    return this.#current < 0 ? 0 : this.#older + this.#current + 1;
  }

  /** The match that was reported of a line, or null. */
  matchOf(seq: number, part: number | null): Match | null {
    return this.#matches.find((match) => match.seq === seq && match.part === part) ?? null;
  }

  /** Search for something else; `from` is the event at which the reader is. */
  start(query: SearchQuery | null, from: number): void {
    this.#cancel();
    this.query = query;
    this.#matches = [];
    this.#older = 0;
    this.#current = -1;
    this.#from = from;
    this.#head = 0;
    this.count = 0;
    this.share = 0;
    this.failure = null;
    this.isSearching = query !== null;
    if (query) {
      this.#timer = setTimeout(() => void this.#run({ before: NEWEST }, this.#takeOlder), TYPING);
    }
    this.#onChange();
  }

  /** Go to the next newer match, from the newest to the oldest that is known. */
  next(): void {
    this.#move(this.#current + 1);
  }

  /** Go to the next older match; those that were not reported are searched for. */
  previous(): void {
    const [oldest] = this.#matches;
    if (this.#current === 0 && this.#older > 0 && oldest) {
      if (this.isSearching) return;
      this.#from = oldest.seq - 1;
      this.#current = -1;
      this.#cancel();
      void this.#run({ before: oldest.seq }, this.#takeStillOlder);
      this.#onChange();
    } else this.#move(this.#current - 1);
  }

  /** The run has events up to `seq`. */
  extend(seq: number): void {
    if (this.query === null || this.isSearching || this.failure !== null) return;
    const last = Math.min(seq, this.query.attempt?.last ?? seq);
    if (last <= this.#head) return;
    this.isSearching = true;
    const start = { after: this.#head };
    this.#timer = setTimeout(() => void this.#run(start, this.#takeNewer), EXTEND_EVERY);
  }

  close(): void {
    this.#cancel();
  }

  #move(index: number): void {
    const { length } = this.#matches;
    if (length === 0) return;
    this.#current = (index + length) % length;
    this.#onChange();
  }

  async #run(
    start: { before: number } | { after: number },
    take: (progress: SearchProgress, before: number) => void,
  ): Promise<void> {
    const { query } = this;
    if (query === null) return;
    const { signal } = this.#attempt;
    const before = this.count;
    this.isSearching = true;
    try {
      await this.#search.run(query, start, signal, (progress) => {
        if (signal.aborted) return;
        take.call(this, progress, before);
        this.#fail(progress.end);
        this.#onChange();
      });
    } catch (error) {
      if (signal.aborted) return;
      this.failure = wordsOf(error);
    }
    if (signal.aborted) return;
    this.isSearching = false;
    this.#onChange();
  }

  #takeOlder({ matches, count, searched, head, end }: SearchProgress): void {
    this.count = count;
    this.#head = Math.max(this.#head, head);
    this.share = end === "done" ? 1 : (head - searched) / Math.max(head, 1);
    this.#prepend(matches, count - this.#matches.length - matches.length);
    this.#select(end !== null);
  }

  #takeStillOlder({ matches, end }: SearchProgress): void {
    this.#prepend(matches, this.#older - matches.length);
    this.#select(end !== null);
  }

  #takeNewer({ matches, count, head }: SearchProgress, before: number): void {
    this.count = before + count;
    this.#head = Math.max(this.#head, head);
    this.#matches.push(...matches);
  }

  #prepend(matches: readonly Match[], older: number): void {
    const sorted = matches.toSorted((a, b) => a.seq - b.seq || a.part - b.part);
    this.#matches = [...sorted, ...this.#matches];
    if (this.#current >= 0) this.#current += sorted.length;
    this.#older = Math.max(older, 0);
  }

  /** Choose the match at the reader, or the nearest before; at the end of a search any. */
  #select(isEnd: boolean): void {
    if (this.#current >= 0) return;
    const nearest = this.#matches.findLastIndex(({ seq }) => seq <= this.#from);
    if (nearest >= 0 || isEnd)
      this.#current = Math.min(Math.max(nearest, 0), this.#matches.length - 1);
  }

  #fail(end: string | null): void {
    if (end === "time") this.failure = "The search took too long, and has ended early.";
    if (end === "gone") this.failure = "The run was deleted, or its log was replaced.";
    if (end === "failed") this.failure = "The server cannot read the log.";
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#attempt.abort();
    this.#attempt = new AbortController();
    this.isSearching = false;
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof RequestError)) return String(error);
  // The server's own words on what was typed, such as an incomplete regular expression.
  return error.code === "bad_field" ? sentence(error.message) : error.message;
}
