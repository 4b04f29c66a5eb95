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
// it contains then go through a second `Run`, which shares the log and the transcript: these get
// their lines, headings and remarks, and the status is not reduced twice.

import type {
  AgentMessage,
  Dropped,
  Log,
  RunState,
  StatusUpdate,
} from "../protocol/messages.gen.js";
import { type AnyEvent, type KnownEvent, type Status, showJson } from "../protocol/messages.js";
import type { EventsNotice, RunNotice } from "../protocol/notices.js";
import { isKnown, LEVELS, STATUSES } from "./known-events.js";
import { LogBook } from "./log.js";
import type { LogOrigin } from "./log-line.js";
import { Members } from "./members.js";
import {
  attemptWords,
  BACK_WORDS,
  beginningWords,
  contactWords,
  droppedWords,
  GONE_WORDS,
  gapWords,
  memberBackWords,
  memberContactWords,
  resetWords,
} from "./remarks.js";
import { Tasks } from "./tasks.js";
import { Transcript } from "./transcript.js";

/** After one of these a run has ended, until it is started again. */
const FINAL = new Set<Status>(["succeeded", "failed", "cancelled"]);

/** Most characters of an event of unknown type. */
const MAX_DETAIL = 2_000;

/** Applies an event; the times are when it was made and stored, in milliseconds since 1970. */
type Reducer<E> = (event: E, made: number | null, stored: number | null) => void;

type Reducers = { [E in KnownEvent as E["type"]]: Reducer<E> };

/** Loaded events of the log, from `first` to `last`; those that are not kept any more are missing. */
export interface HistoryPage {
  first: number;
  last: number;
  /** Number of the first event that the server keeps. */
  kept: number;
  events: readonly { seq: number; timestamp: string; event: AnyEvent }[];
}

export class Run {
  version = 0;
  /** Number of the last event applied. */
  seq = 0;
  status: Status = "pending";
  /** Whether no event is missing that may have changed the status, the attempt or the tasks. */
  isComplete = true;
  /** The message of the status. */
  message: string | null = null;
  /** Milliseconds since 1970 by the server's clock, as for all times of the status. */
  startedAt: number | null = null;
  endedAt: number | null = null;
  /** While it is lost: the time of the last sign of life of its publisher. */
  lastSeen: number | null = null;
  /** While it is lost: the cause, or null where it is not known. */
  cause: RunState["cause"] = null;
  /** Number of the newest attempt, from 1; tasks and counts belong to it. */
  attempt = 0;
  /** Log messages, like all counts since the newest attempt began. */
  logs = 0;
  /** Log messages of level `error` and `critical`. */
  errors = 0;
  /** Messages of agents. */
  messages = 0;
  /** The last event applied, with the fields that the server sets. */
  lastEvent: AnyEvent | null = null;
  tasks = new Tasks();
  transcript = new Transcript();
  log = new LogBook();
  /** The publishers of the newest attempt. */
  members = new Members();
  /** Whether the newest attempt has ended. */
  #isOver = false;
  /** Lost events of the newest attempt: gaps in the log, and events dropped before they were stored. */
  #missed = 0;
  #dropped = 0;
  /** A state of the server that is ahead of the position (protocol 5.7). */
  #pendingState: RunState | null = null;
  /** Number of the last event that was reduced; a gap does not count. */
  #reduced = 0;
  /** The state that was shown before any event, and what reduces the events that it contains. */
  #joined: { state: RunState; past: Run } | null = null;
  /** Events before those of the transcript, which can be loaded. */
  #older: { from: number; to: number } | null = null;
  /** Number of the `running` that began the newest attempt. */
  #began = 0;
  /** What an event of each known type changes. */
  readonly #reducers: Reducers = {
    status_update: (event, _, stored) => this.#status(event, stored),
    log: (event, made) => this.#addLog(event, made),
    build_progress: (event, made) => this.tasks.update(event, made),
    agent_message: (event, made) => this.#addMessage(event, made),
    dropped: (event, made) => this.#addDropped(event, made),
  };

  /** Whether no notice has been applied but that the view joins behind some events. */
  get isEmpty(): boolean {
    const isJoining = this.#older !== null && this.#reduced === 0 && !this.isComplete;
    return this.version === 0 || isJoining;
  }

  /** Whether it has ended or is lost, so that nothing in the view moves. */
  get isFinished(): boolean {
    return this.status === "lost" || FINAL.has(this.status);
  }

  /** When its elapsed time stops; null while it counts. */
  get stoppedAt(): number | null {
    return this.status === "lost" ? this.lastSeen : this.endedAt;
  }

  /** Whether the status is known from an event or a state. */
  get isStatusKnown(): boolean {
    return this.isComplete || this.status !== "pending";
  }

  /** Number of the last event before those of the transcript, if it can be loaded; else null. */
  get olderThanTranscript(): number | null {
    const { added, mayGrowBack } = this.transcript;
    // Of the first attempt all messages are counted.
    const hasAll = this.attempt <= 1 && added >= this.messages;
    return this.#older !== null && mayGrowBack && !hasAll ? this.#older.to : null;
  }

  /** Lost events, without those that were trimmed before the view was opened. */
  get lostEvents(): number {
    return sum(this.#missed, this.#dropped);
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

  #events({ first, timestamp, events }: EventsNotice): void {
    const stored = parseTime(timestamp);
    for (const [index, event] of events.entries()) {
      const seq = first + index;
      this.log.reach(seq);
      if (this.#joined) this.#pastEvent(this.#joined, seq, event, stored);
      else this.#event(event, stored);
      this.#reduced = seq;
      this.#reach(seq);
    }
    const last = events.at(-1);
    if (last) this.lastEvent = { ...last, seq: this.seq, timestamp };
  }

  /** Apply an event that the state contains to the log and the transcript only. */
  #pastEvent(
    { state, past }: { state: RunState; past: Run },
    seq: number,
    event: AnyEvent,
    stored: number | null,
  ): void {
    if (seq === state.began) past.#expectAttempt(state.attempt);
    past.#event(event, stored);
    if (seq < state.head) return;
    this.tasks = Tasks.from(state.tasks, past.tasks);
    this.#joined = null;
  }

  /** The next `running` begins this attempt. */
  #expectAttempt(attempt: number): void {
    this.attempt = attempt - 1;
    this.isComplete = true;
  }

  #event(event: AnyEvent, stored: number | null): void {
    const made = typeof event.time === "number" ? event.time * 1000 : stored;
    if (!isKnown(event)) {
      this.log.add(detail(event), { ...OTHER, time: made });
      return;
    }
    const reduce = this.#reducers[event.type] as Reducer<KnownEvent>; // of the type of this event
    reduce(event, made, stored);
  }

  #addMessage(event: AgentMessage, made: number | null): void {
    this.messages = sum(this.messages, 1);
    this.transcript.add(event, made);
  }

  #addLog(event: Log, made: number | null): void {
    this.logs = sum(this.logs, 1);
    if (event.level === "error" || event.level === "critical") this.errors = sum(this.errors, 1);
    this.log.add(event.message, originOf(event, made));
  }

  #addDropped({ count, reason, message }: Dropped, made: number | null): void {
    this.#dropped = sum(this.#dropped, count);
    this.#warn(droppedWords(count, reason, message ?? null), made);
  }

  #status(event: StatusUpdate, time: number | null): void {
    const { status } = event;
    if (status === "lost" || event.back === true) {
      this.#setLost(event, time);
      return;
    }
    if (FINAL.has(status)) {
      if (!this.members.end(event, this.#isOver)) return;
    } else if (status === "pending" && this.members.left.length === 0) {
      this.status = status;
      this.message = event.message ?? null;
    } else {
      if (status === "running" && this.#begins(event)) this.#begin(time);
      if (!this.members.report(event)) return;
    }
    this.#followMembers(event, time);
  }

  /** Members are lost, or back: a status set by the hub. */
  #setLost(event: StatusUpdate, time: number | null): void {
    const before = this.status;
    // No change where a later status of the publisher came first.
    if (this.members.setLost(event) === 0) return;
    const count = this.members.left.length;
    this.#followMembers(event, time);
    if (this.status === before) {
      const lastSeen = parseSeconds(event.last_seen) ?? time;
      const loss = { lastSeen, cause: event.cause ?? null };
      const isLost = event.status === "lost";
      this.log.addRemark(
        "note",
        isLost ? memberContactWords(count, loss) : memberBackWords(count),
        time,
      );
    }
  }

  /** Derive the status of the run from its members. */
  #followMembers(event: StatusUpdate, time: number | null): void {
    const derived = this.members.status;
    if (derived === null) return;
    const wasLost = this.status === "lost";
    this.status = derived.status;
    this.message = derived.message;
    this.lastSeen = null;
    this.cause = null;
    if (derived.status === "lost") {
      const last = this.members.lastSeen;
      this.lastSeen = parseSeconds(last?.last_seen) ?? time;
      this.cause = last?.cause ?? null;
      this.message = event.status === "lost" ? (event.message ?? null) : null;
      if (!wasLost) this.log.addRemark("note", contactWords(this), time);
      return;
    }
    if (FINAL.has(derived.status)) {
      this.endedAt = time;
      this.#isOver = true;
      this.members.clear();
    }
    if (wasLost) this.log.addRemark("note", BACK_WORDS, time);
  }

  /** Whether this `running` begins an attempt (protocol 4.2). */
  #begins(event: StatusUpdate): boolean {
    return this.attempt === 0 || this.#isOver || this.members.begins(event);
  }

  #begin(time: number | null): void {
    const isFirst = this.attempt === 0 && (this.isComplete || !this.#isOver);
    this.members.begin();
    this.status = "running"; // so that no lost publisher is noted as back
    this.attempt = sum(this.attempt, 1);
    this.#began = this.#reduced + 1;
    this.startedAt = time;
    this.endedAt = null;
    this.#isOver = false;
    if (isFirst) return;
    this.tasks = new Tasks();
    this.#missed = 0;
    this.#dropped = 0;
    this.logs = 0;
    this.errors = 0;
    this.messages = 0;
    const heading = attemptWords(this.isComplete ? this.attempt : null);
    this.log.addRemark("divider", heading, time);
    this.transcript.divide(heading, time);
  }

  #gap(from: number, to: number, reason: string): void {
    const count = to - from + 1;
    if (reason === "skipped") {
      this.#skip(from, to);
      return;
    }
    this.log.reach(to);
    this.transcript.breakOff();
    const isBeginning = from === 1 && reason === "trimmed";
    if (isBeginning) {
      this.log.addRemark("notice", beginningWords(count), null);
    } else {
      this.#missed = sum(this.#missed, count);
      this.#warn(gapWords(count, reason));
    }
    // At the beginning at least one attempt has begun; a state has the number.
    if (from === 1) this.attempt = 1;
    // A state from within the gap is applied, but events of the gap may be newer.
    this.#reach(to - 1);
    const joined = this.#joined;
    if (joined) joined.past.isComplete = false;
    if (joined && to >= joined.state.head) this.#joined = null;
    if (!joined || to > joined.state.head) this.isComplete = false;
    this.#reach(to);
  }

  /** The view joins behind these events; they can be loaded. */
  #skip(from: number, to: number): void {
    this.log.skip(from, to);
    this.transcript.keepSteps();
    this.#older = { from, to };
    this.seq = to;
    this.isComplete = false;
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
    past.transcript = this.transcript;
    past.isComplete = this.isComplete;
    this.#adopt(state);
    this.#joined = { state, past };
  }

  /** Put loaded events where they are missing in the log and, if they are next to it, the transcript. */
  fill({ first, last, kept, events }: HistoryPage): void {
    this.version += 1;
    const past = new Run();
    past.isComplete = false;
    past.seq = first - 1;
    past.transcript.keepSteps();
    for (const { seq, timestamp, event } of events) {
      if (seq < first || seq > last) continue;
      past.#applyMissing(past.seq + 1, seq - 1, kept);
      if (seq === this.#began) past.#expectAttempt(this.attempt);
      past.#events({ kind: "events", first: seq, timestamp, events: [event] });
    }
    past.#applyMissing(past.seq + 1, last, kept);
    this.log.fill(first, last, past.log.lines);
    const older = this.#older;
    if (older?.to !== last) return;
    this.transcript.prepend(past.transcript);
    this.#older = first > older.from ? { from: older.from, to: first - 1 } : null;
  }

  /** Events of a page that the server does not keep; `kept` is the first one that it keeps. */
  #applyMissing(first: number, last: number, kept: number): void {
    if (first > last) return;
    const trimmedTo = Math.min(last, kept - 1);
    if (first <= trimmedTo) this.#gap(first, trimmedTo, "trimmed");
    if (trimmedTo < last) this.#gap(Math.max(first, trimmedTo + 1), last, "damaged");
  }

  #reach(seq: number): void {
    this.seq = seq;
    if (this.#pendingState && seq >= this.#pendingState.head) this.#adopt(this.#pendingState);
  }

  /** Continue from a state of the server; the log and the transcript are kept. */
  #adopt(state: RunState): void {
    const { status, started, ended, updated } = state;
    const startedAt = parseTime(started);
    const isSameAttempt = this.startedAt === null || this.startedAt === startedAt;
    this.#pendingState = null;
    this.isComplete = true;
    if (STATUSES.has(status)) this.status = status;
    this.message = state.message;
    this.attempt = state.attempt;
    this.#began = state.began;
    this.members = Members.from(state.members);
    this.#isOver = ended !== null;
    this.startedAt = startedAt;
    this.endedAt = parseTime(ended);
    const isLost = this.status === "lost";
    this.lastSeen = isLost ? (parseSeconds(state.last_seen) ?? parseTime(updated)) : null;
    this.cause = isLost ? state.cause : null;
    this.logs = state.logs;
    this.errors = state.errors;
    this.messages = state.messages;
    this.#dropped = state.dropped;
    this.tasks = Tasks.from(state.tasks, isSameAttempt ? this.tasks : new Tasks());
  }

  #reset(words: string): void {
    this.seq = 0;
    this.status = "pending";
    this.message = null;
    this.startedAt = null;
    this.endedAt = null;
    this.lastSeen = null;
    this.cause = null;
    this.attempt = 0;
    this.logs = 0;
    this.errors = 0;
    this.messages = 0;
    this.lastEvent = null;
    this.tasks = new Tasks();
    this.transcript = new Transcript();
    this.log = new LogBook();
    this.members = new Members();
    this.#isOver = false;
    this.#missed = 0;
    this.#dropped = 0;
    this.isComplete = true;
    this.#pendingState = null;
    this.#reduced = 0;
    this.#joined = null;
    this.#older = null;
    this.#began = 0;
    this.#warn(words);
  }

  #warn(text: string, time: number | null = null): void {
    this.log.addRemark("notice", text, time, "warning");
  }
}

/** The row of an event of unknown type. */
const OTHER = { kind: "other", level: "info", source: null, isStderr: false } as const;

function originOf({ level, source, stream }: Log, time: number | null): LogOrigin {
  return {
    kind: "log",
    level: LEVELS.has(level ?? "") ? (level ?? "info") : "info",
    source: source ?? null,
    isStderr: stream === "stderr",
    time,
  };
}

function detail({ type, time: _, ...rest }: AnyEvent): string {
  const json = showJson(rest);
  return `${type} ${json.length > MAX_DETAIL ? `${json.slice(0, MAX_DETAIL)}…` : json}`;
}

function parseTime(timestamp: string | null): number | null {
  const time = Date.parse(timestamp ?? "");
  return Number.isNaN(time) ? null : time;
}

/** Add to a count, up to the largest safe integer. */
function sum(count: number, more: number): number {
  return Math.min(count + more, Number.MAX_SAFE_INTEGER);
}

/** Seconds since 1970 as milliseconds; null for an invalid time. */
function parseSeconds(value: unknown): number | null {
  const time = new Date(typeof value === "number" ? value * 1000 : Number.NaN).getTime();
  return Number.isNaN(time) ? null : time;
}
