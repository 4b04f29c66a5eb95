// The state of a run as a view shows it, reduced from notices one by one.
//
// Everything in it can be rebuilt from the log. It changes in place, in constant time for each
// event; `version` grows with every change, so that a view can draw at its own pace.
//
// Where events are missing (a gap), status, attempt and tasks may be wrong: `isComplete` is false
// until the server sends a `state` of the run. A state is as of its `head`. If that is ahead of the
// position, the state is pending until the position reaches it; if events after it were applied
// already, it is outdated and ignored.
//
// A view that joins at the end gets a state before any event. It is shown at once. The events that
// it contains then go through a second `Run`, which shares the log and the timeline: these get
// their lines, headings and remarks, and the status is not reduced twice.

import type { RunState } from "../protocol/messages.gen.js";
import type { AnyEvent } from "../protocol/messages.js";
import type { EventsNotice, RunNotice } from "../protocol/notices.js";
import { type HistoryPage, noticesOf } from "./history-page.js";
import type { LoadedSeries } from "./metrics/run-metrics.js";
import type { Stored } from "./questions.js";
import { ReducedRun } from "./reduced-run.js";
import { beginningWords, GONE_WORDS, gapWords, resetWords } from "./remarks.js";
import { Tasks } from "./tasks.js";
import { parseTime } from "./values.js";

export class Run extends ReducedRun {
  version = 0;
  /** Number of the last event applied. */
  seq = 0;
  /** The last event applied, with the fields that the server sets. */
  lastEvent: AnyEvent | null = null;
  /** Called with each event that comes, in order, once it is applied; not with those of `fill`. */
  readonly listeners = new Set<(event: AnyEvent) => void>();
  /** A state of the server that is ahead of the position (protocol 5.7). */
  #pendingState: RunState | null = null;
  /** Number of the last event that was reduced; a gap does not count. */
  #reduced = 0;
  /** The state that was shown before any event, and what reduces the events that it contains. */
  #joined: { state: RunState; past: Run } | null = null;
  /** Events before those of the timeline, which can be loaded. */
  #older: { from: number; to: number } | null = null;

  /** Whether no notice has been applied but that the view joins behind some events. */
  get isEmpty(): boolean {
    const isJoining = this.#older !== null && this.#reduced === 0 && !this.isComplete;
    return this.version === 0 || isJoining;
  }

  /** Number of the last event before those of the timeline, if it can be loaded; else null. */
  get olderThanTimeline(): number | null {
    const { added, mayGrowBack } = this.timeline;
    // Of the first attempt all messages are counted.
    const hasAll = this.attempt <= 1 && added >= this.counts.messages;
    return this.#older !== null && mayGrowBack && !hasAll ? this.#older.to : null;
  }

  apply(notice: RunNotice): void {
    this.version += 1;
    switch (notice.kind) {
      case "events":
        this.#events(notice);
        break;
      case "gap":
        this.#gap(notice.from, notice.to, notice.reason);
        break;
      case "state":
        this.#receiveState(notice.state);
        break;
      case "reset":
        this.#reset(notice.isGone ? GONE_WORDS : resetWords(notice.reason));
        break;
      case "direct":
        this.reduce(notice.event, null);
        this.#notify(notice.event);
        break;
      case "error":
        this.warn(`The server could not use a message of this view: ${notice.message}`);
        break;
      case "refused":
        this.warn(`The server refused what you sent: ${notice.message}`);
        break;
      default:
        notice satisfies never;
    }
  }

  #events({ first, timestamp, user, events }: EventsNotice): void {
    const stored = parseTime(timestamp);
    for (const [index, event] of events.entries()) {
      const seq = first + index;
      this.log.reach(seq);
      const at = { seq, timestamp, user: user ?? null };
      if (this.#joined) this.#pastEvent(this.#joined, at, event, stored);
      else this.reduce(event, stored, at);
      this.#reduced = seq;
      this.#reach(seq);
      if (this.listeners.size > 0) this.#notify({ ...event, seq, timestamp });
    }
    const last = events.at(-1);
    if (last) this.lastEvent = { ...last, seq: this.seq, timestamp };
  }

  #notify(event: AnyEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** Apply an event that the state contains to the log and the timeline only. */
  #pastEvent(
    { state, past }: { state: RunState; past: Run },
    at: Stored,
    event: AnyEvent,
    stored: number | null,
  ): void {
    const { seq } = at;
    if (seq === state.began) past.standing.expectAttempt(state.attempt);
    past.reduce(event, stored, at);
    if (event.type === "output") this.outputs.fill(past.outputs);
    if (seq < state.head) return;
    this.tasks = Tasks.from(state.tasks, past.tasks);
    this.#joined = null;
  }

  #gap(from: number, to: number, reason: string): void {
    const count = to - from + 1;
    if (reason === "skipped") {
      this.#skip(from, to);
      return;
    }
    this.log.reach(to);
    this.timeline.breakOff();
    const isBeginning = from === 1 && reason === "trimmed";
    if (isBeginning) {
      this.log.addRemark("notice", beginningWords(count), null);
    } else {
      this.counts.addMissed(count);
      this.warn(gapWords(count, reason));
    }
    // At the beginning at least one attempt has begun; a state has the number.
    if (from === 1) this.standing.attempt = 1;
    // A state from within the gap is applied, but events of the gap may be newer.
    this.#reach(to - 1);
    const joined = this.#joined;
    if (joined) joined.past.standing.isComplete = false;
    if (joined && to >= joined.state.head) this.#joined = null;
    if (!joined || to > joined.state.head) this.standing.isComplete = false;
    this.#reach(to);
  }

  /** The view joins behind these events; they can be loaded. */
  #skip(from: number, to: number): void {
    this.log.skip(from, to);
    this.timeline.keepEvents();
    this.#older = { from, to };
    this.seq = to;
    this.standing.isComplete = false;
  }

  #receiveState(state: RunState): void {
    // Outdated: later events have been applied.
    if (state.head < this.#reduced) return;
    if (this.#reduced === 0 && state.head > this.seq) {
      this.#join(state);
      return;
    }
    this.#pendingState = state;
    this.#reach(this.seq);
  }

  /** Show a state before its events. */
  #join(state: RunState): void {
    const past = new Run();
    past.log = this.log;
    past.timeline = this.timeline;
    past.pastTasks = this.pastTasks;
    past.standing.isComplete = this.isComplete;
    this.adopt(state);
    this.#joined = { state, past };
  }

  /** Put loaded events where they are missing in the log and, if they are next to it, the timeline. */
  fill(page: HistoryPage): void {
    this.version += 1;
    const past = new Run();
    past.standing.isComplete = false;
    past.seq = page.first - 1;
    past.timeline.keepEvents();
    for (const notice of noticesOf(page)) {
      const isBeginning = notice.kind === "events" && notice.first === this.standing.began;
      if (isBeginning) past.standing.expectAttempt(this.attempt);
      past.apply(notice);
    }
    this.log.fill(page.first, page.last, past.log.lines);
    this.log.attempts.addAll(past.log.attempts);
    this.outputs.fill(past.outputs, page.first, page.last);
    const older = this.#older;
    if (older?.to !== page.last) return;
    this.timeline.prepend(past.timeline);
    this.#older = page.first > older.from ? { from: older.from, to: page.first - 1 } : null;
  }

  /** Take the loaded curves of an attempt. */
  adoptSeries(attempt: number, series: LoadedSeries): void {
    this.version += 1;
    if (attempt === this.attempt) this.metrics.adopt(series);
    else this.pastMetrics.load(attempt, series);
  }

  #reach(seq: number): void {
    this.seq = seq;
    if (this.#pendingState && seq >= this.#pendingState.head) this.adopt(this.#pendingState);
  }

  protected override adopt(state: RunState): void {
    this.#pendingState = null;
    super.adopt(state);
  }

  #reset(words: string): void {
    this.clear();
    this.seq = 0;
    this.lastEvent = null;
    this.#pendingState = null;
    this.#reduced = 0;
    this.#joined = null;
    this.#older = null;
    this.warn(words);
  }
}
