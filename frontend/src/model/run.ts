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

import type { RunState, StatusUpdate } from "../protocol/messages.gen.js";
import type { AnyEvent, KnownEvent, QuestionEvent } from "../protocol/messages.js";
import type { EventsNotice, RunNotice } from "../protocol/notices.js";
import { agentRules } from "./agents/on-demand.js";
import type { AgentWork } from "./agents/work.js";
import { Counts } from "./counts.js";
import { detail, OTHER, originOf } from "./event-lines.js";
import { type HistoryPage, noticesOf } from "./history-page.js";
import { Inbox, type InboxEvent } from "./inbox.js";
import { isKnown, type Reducer, type Reducers, type Times } from "./known-events.js";
import { LogBook } from "./log.js";
import { type LoadedSeries, PastMetrics, RunMetrics } from "./metrics/run-metrics.js";
import { RunOutputs } from "./outputs/run-outputs.js";
import { Questions, type Stored } from "./questions.js";
import {
  attemptWords,
  beginningWords,
  droppedWords,
  GONE_WORDS,
  gapWords,
  notFiniteWords,
  resetWords,
  stopRemark,
} from "./remarks.js";
import { RunStatus } from "./run-status.js";
import { StatusOfRun } from "./status-of-run.js";
import { Tasks } from "./tasks.js";
import { Timeline } from "./timeline.js";
import { parseTime } from "./values.js";

/** Of an event that is not in the log. */
const NOWHERE: Stored = { seq: 0, timestamp: "", user: null };

export class Run extends StatusOfRun {
  version = 0;
  /** Number of the last event applied. */
  seq = 0;
  /** The last event applied, with the fields that the server sets. */
  lastEvent: AnyEvent | null = null;
  /** Called with each event that comes, in order, once it is applied; not with those of `fill`. */
  readonly listeners = new Set<(event: AnyEvent) => void>();
  tasks = new Tasks();
  timeline = new Timeline();
  log = new LogBook();
  /** Of the newest attempt. */
  counts = new Counts();
  /** What the agents of the newest attempt do; null before the first event of one. */
  agents: AgentWork | null = null;
  /** The questions of the newest attempt to the users. */
  questions = new Questions();
  /** What users have sent to the newest attempt. */
  inbox = new Inbox();
  /** Of the newest attempt. */
  metrics = new RunMetrics();
  /** Of the newest attempt. */
  outputs = new RunOutputs();
  /** Of the attempts before the newest one. */
  pastMetrics = new PastMetrics();
  /** A state of the server that is ahead of the position (protocol 5.7). */
  #pendingState: RunState | null = null;
  /** Number of the last event that was reduced; a gap does not count. */
  #reduced = 0;
  /** The state that was shown before any event, and what reduces the events that it contains. */
  #joined: { state: RunState; past: Run } | null = null;
  /** Events before those of the timeline, which can be loaded. */
  #older: { from: number; to: number } | null = null;
  /** What an event of each known type changes. */
  readonly #reducers: Reducers = {
    status_update: (event, { stored }) => this.#updateStatus(event, stored),
    log: (event, { made }) => {
      this.counts.addLog(event.level);
      this.log.add(event.message, originOf(event, made));
    },
    build_progress: (event, { made }) => this.tasks.update(event, made),
    agent_message: (event, { made }) => {
      const { emptyWork, isOfRun, reduceAgentEvent } = agentRules();
      this.agents ??= emptyWork(this.counts.messages);
      this.counts.addMessage();
      this.timeline.add(event, made);
      reduceAgentEvent(this.agents, event);
      if (isOfRun(event)) this.standing.follow(this);
    },
    question: (event, times) => this.#question(event, times),
    question_closed: (event, times) => this.#question(event, times),
    answer: (event, times) => this.#question(event, times),
    taken: (event, times) => {
      this.#question(event, times);
      this.#receive(event, times);
    },
    control: (event, times) => this.#receive(event, times),
    user_message: (event, times) => this.#receive(event, times),
    inbox: (event, times) => this.#receive(event, times),
    dropped: ({ count, reason, message }, { made }) => {
      this.counts.addDropped(count);
      this.#warn(droppedWords(count, reason, message ?? null), made);
    },
    output: (event, { at }) => this.outputs.add(event, at.seq),
    metrics: (event, { made }) => {
      for (const metric of this.metrics.add(event, made, this.#reduced + 1)) {
        this.#warn(notFiniteWords(metric), made);
      }
    },
  };

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
        this.#event(notice.event, null);
        this.#notify(notice.event);
        break;
      case "error":
        this.#warn(`The server could not use a message of this view: ${notice.message}`);
        break;
      case "refused":
        this.#warn(`The server refused what you sent: ${notice.message}`);
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
      else this.#event(event, stored, at);
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
    past.#event(event, stored, at);
    if (event.type === "output") this.outputs.fill(past.outputs);
    if (seq < state.head) return;
    this.tasks = Tasks.from(state.tasks, past.tasks);
    this.#joined = null;
  }

  #event(event: AnyEvent, stored: number | null, at: Stored = NOWHERE): void {
    const made = typeof event.time === "number" ? event.time * 1000 : stored;
    if (!isKnown(event)) {
      this.log.add(detail(event), { ...OTHER, time: made });
      return;
    }
    const reduce = this.#reducers[event.type] as Reducer<KnownEvent>; // of the type of this event
    reduce(event, { made, stored, at });
  }

  #updateStatus(event: StatusUpdate, time: number | null): void {
    const before = this.startedAt;
    const { restarts, remark } = this.standing.update(event, this.#reduced + 1, time, this);
    if (this.startedAt !== null && this.startedAt !== before) this.log.startAttempt(this.startedAt);
    if (restarts) this.#restart(time);
    if (remark !== null) this.log.addRemark("note", remark, time);
  }

  #question(event: QuestionEvent, { made, at }: Times): void {
    this.questions.apply(event, at);
    this.timeline.ask(event, at, made);
    this.standing.follow(this);
  }

  #receive(event: InboxEvent, { made, at }: Times): void {
    if (event.type === "control") this.log.addRemark("note", stopRemark(at.user), made);
    if (event.type === "user_message") this.timeline.ask(event, at, made);
    if (this.standing.isAddressed(event)) this.inbox.apply(event, at);
  }

  /** Another attempt begins. */
  #restart(time: number | null): void {
    this.tasks = new Tasks();
    this.counts = new Counts();
    this.agents = null;
    this.questions = new Questions();
    this.inbox = new Inbox();
    this.pastMetrics.add(this.attempt - 1, this.metrics);
    this.metrics = new RunMetrics();
    this.outputs = new RunOutputs();
    const heading = attemptWords(this.isComplete ? this.attempt : null);
    this.log.addRemark("divider", heading, time);
    this.timeline.divide(heading, time);
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
      this.#warn(gapWords(count, reason));
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
    past.standing.isComplete = this.isComplete;
    this.#adopt(state);
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
    if (this.#pendingState && seq >= this.#pendingState.head) this.#adopt(this.#pendingState);
  }

  /** Continue from a state of the server; the log and the timeline are kept. */
  #adopt(state: RunState): void {
    const before = this.startedAt;
    this.#pendingState = null;
    this.standing = RunStatus.from(state, this.standing);
    if (this.startedAt !== null) this.log.attempts.add(state.began, this.startedAt);
    this.counts.adopt(state);
    this.questions = Questions.from(state.questions);
    this.inbox = Inbox.from(state.inbox);
    this.agents = state.agents && agentRules().workOf(state.agents);
    this.metrics = RunMetrics.from(state.metrics);
    this.outputs = RunOutputs.from(state.outputs, state.head, this.outputs);
    const isSameAttempt = before === null || before === this.startedAt;
    this.tasks = Tasks.from(state.tasks, isSameAttempt ? this.tasks : new Tasks());
  }

  #reset(words: string): void {
    this.seq = 0;
    this.standing = new RunStatus();
    this.counts = new Counts();
    this.agents = null;
    this.questions = new Questions();
    this.inbox = new Inbox();
    this.metrics = new RunMetrics();
    this.outputs = new RunOutputs();
    this.pastMetrics = new PastMetrics();
    this.lastEvent = null;
    this.tasks = new Tasks();
    this.timeline = new Timeline();
    this.log = new LogBook();
    this.#pendingState = null;
    this.#reduced = 0;
    this.#joined = null;
    this.#older = null;
    this.#warn(words);
  }

  #warn(text: string, time: number | null = null): void {
    this.log.addRemark("notice", text, time, "warning");
  }
}
