// The lines of a level that a view has not loaded, from the server's search, the newest first.

import type { LogLine } from "../model/log-line.js";
import { Run } from "../model/run.js";
import type { History } from "./feed.js";
import { type LoadedPage, takePage } from "./load-events.js";

/** Lines after which no older ones are loaded. */
const MAX_LINES = 50_000;

interface LevelHistoryOptions {
  /** Loads the newest of the events before a number. */
  load: (before: number, signal: AbortSignal) => Promise<LoadedPage>;
  /** Number of the newest event that is searched. */
  to: number;
  onChange: () => void;
}

export class LevelHistory implements History {
  failure: string | null = null;
  /** In the order of the log; another list after each page. */
  lines: readonly LogLine[] = [];
  /** Number of the newest event that is searched. */
  readonly to: number;
  /** Number of the oldest event that was searched; 1 when all were. */
  from: number;
  readonly #options: LevelHistoryOptions;
  readonly #wanted = new Set<object>();
  readonly #lifetime = new AbortController();
  #epoch: string | null = null;
  #isLoading = false;
  #numbers = 0;

  constructor(options: LevelHistoryOptions) {
    this.#options = options;
    this.to = options.to;
    this.from = options.to + 1;
  }

  want(part: object, seq: number | null): void {
    if (seq === null) this.#wanted.delete(part);
    else this.#wanted.add(part);
    this.#next();
  }

  retry(): void {
    this.failure = null;
    this.#next();
  }

  close(): void {
    this.#lifetime.abort();
  }

  #next(): void {
    const { aborted } = this.#lifetime.signal;
    const isIdle = !this.#isLoading && this.failure === null && this.#wanted.size > 0;
    if (isIdle && !aborted && this.from > 1) void this.#load();
  }

  async #load(): Promise<void> {
    const { load, onChange } = this.#options;
    const { signal } = this.#lifetime;
    this.#isLoading = true;
    const failure = await takePage(load(this.from, signal), signal, (page) => {
      this.#epoch ??= page.epoch;
      if (page.epoch !== this.#epoch) return false;
      this.#take(page);
      return true;
    });
    if (failure === undefined) return;
    this.failure = failure;
    this.#isLoading = false;
    // The next drawing determines whether more is needed then.
    this.#wanted.clear();
    onChange();
  }

  #take({ first, events }: LoadedPage): void {
    const page = new Run();
    for (const { seq, timestamp, user, event } of events) {
      page.apply({ kind: "events", first: seq, timestamp, user: user ?? null, events: [event] });
    }
    this.from = first;
    this.lines = [...page.log.lines.map((line) => this.#numbered(line)), ...this.lines];
    if (this.lines.length >= MAX_LINES && first > 1) this.#stop();
  }

  /** Load no older lines. */
  #stop(): void {
    const [oldest] = this.lines;
    if (!oldest) return;
    const text = "Older lines of this level are not shown: the view keeps no more of them.";
    const notice = { ...oldest, kind: "notice", text, segments: null, source: null } as const;
    this.from = 1;
    this.lines = [this.#numbered({ ...notice, part: 0, time: null, level: "info" }), ...this.lines];
  }

  /** Numbers below 0 are of no line of the log. */
  #numbered(line: LogLine): LogLine {
    this.#numbers -= 1;
    return { ...line, n: this.#numbers };
  }
}
