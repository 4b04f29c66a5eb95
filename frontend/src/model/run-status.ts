// The status of a run and of its newest attempt, reduced from `status_update` events.
//
// The status of the run is derived from those of its members (protocol 4.2). Where events are
// missing, the status and the attempt may be wrong: `isComplete` is false until a state of the
// server is adopted.

import type { PastAttempt, RunState, StatusUpdate } from "../protocol/messages.gen.js";
import type { Status } from "../protocol/messages.js";
import type { AgentWork } from "./agents/work.js";
import type { Inbox, InboxEvent } from "./inbox.js";
import { STATUSES } from "./known-events.js";
import { Members } from "./members.js";
import type { Questions } from "./questions.js";
import { BACK_WORDS, contactWords, memberBackWords, memberContactWords } from "./remarks.js";
import { parseSeconds, parseTime, sum, timestampOf } from "./values.js";

/** After one of these a run has ended, until it is started again. */
const FINAL = new Set<Status>(["succeeded", "failed", "cancelled"]);

/** Most attempts that are kept beside the newest one. */
const MAX_PAST = 20;

/** The status of a run by how the run of its agent ended. */
const STATUS_OF: Partial<Record<NonNullable<AgentWork["outcome"]>, Status>> = {
  success: "succeeded",
  error: "failed",
  cancelled: "cancelled",
};

/** What an event changes beside the status. */
export interface StatusChange {
  /** Whether it begins another attempt, to which tasks and counts do not carry over. */
  restarts: boolean;
  /** A remark of the log, for example that the publisher is lost. */
  remark: string | null;
}

/** What a run may wait for. */
export interface Waiting {
  agents: AgentWork | null;
  questions: Questions;
  inbox: Inbox;
}

export class RunStatus {
  /** The status of the run. */
  value: Status = "pending";
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
  /** Number of the newest attempt, from 1. */
  attempt = 0;
  /** The notebook that the newest attempt is published from. */
  notebook: string | null = null;
  /** Number of the event that began the newest attempt. */
  began = 0;
  /** The attempts before the newest one, the oldest first. */
  past: readonly PastAttempt[] = [];
  /** The publishers of the newest attempt. */
  members = new Members();
  /** Whether the newest attempt has ended. */
  #isOver = false;

  /** Continue from a state of the server. */
  static from(state: RunState, before: RunStatus): RunStatus {
    const status = new RunStatus();
    status.value = STATUSES.has(state.status) ? state.status : before.value;
    status.message = state.message;
    status.startedAt = parseTime(state.started);
    status.endedAt = parseTime(state.ended);
    status.attempt = state.attempt;
    status.began = state.began;
    status.notebook = state.notebook;
    status.past = state.past;
    status.members = Members.from(state.members);
    status.#isOver = state.ended !== null;
    if (status.value !== "lost") return status;
    status.lastSeen = parseSeconds(state.last_seen) ?? parseTime(state.updated);
    status.cause = state.cause;
    return status;
  }

  /** Whether it has ended or is lost, so that nothing in the view moves. */
  get isFinished(): boolean {
    return this.value === "lost" || FINAL.has(this.value);
  }

  /** When its elapsed time stops; null while it counts. */
  get stoppedAt(): number | null {
    return this.value === "lost" ? this.lastSeen : this.endedAt;
  }

  /** Whether the status is known from an event or a state. */
  get isKnown(): boolean {
    return this.isComplete || this.value !== "pending";
  }

  /** Whether an event is for the newest attempt (protocol 14). */
  isAddressed(event: InboxEvent): boolean {
    if (event.type === "taken") return true;
    if (event.type !== "inbox") return event.attempt === this.attempt && !this.#isOver;
    const id = event.attempt ?? null;
    return this.attempt > 0 && this.members.left.some((member) => member.id === id);
  }

  /** The next `running` begins this attempt. */
  expectAttempt(attempt: number): void {
    this.attempt = attempt - 1;
    this.isComplete = true;
  }

  /**
   * Apply the event with this number, which was stored at `time`. A status of a publisher takes the
   * place of what agents wait for.
   */
  update(event: StatusUpdate, seq: number, time: number | null, waiting: Waiting): StatusChange {
    const { status } = event;
    const change: StatusChange = { restarts: false, remark: null };
    if (status === "lost" || event.back === true) {
      change.remark = this.#setLost(event, time);
      this.#followQuestions(waiting);
      return change;
    }
    if (FINAL.has(status)) {
      if (!this.members.end(event, this.#isOver)) return change;
      waiting.questions.keepOf(this.members);
      waiting.inbox.keepOf(this.members);
    } else {
      if (status === "running" && this.#begins(event)) {
        change.restarts = this.#begin(seq, time);
        this.notebook = event.notebook ?? null;
      }
      if (status === "pending" && this.members.left.length === 0) {
        this.value = status;
        this.message = event.message ?? null;
      } else if (!this.members.report(event)) return change;
      if (typeof event.joins !== "string") {
        if (waiting.agents) waiting.agents.questions = [];
        waiting.questions.closeOf(null);
      }
    }
    change.remark = this.#followMembers(event, time);
    if (this.#isOver || change.restarts) waiting.questions.open = [];
    if (this.#isOver) waiting.inbox.keepOf(this.members);
    this.#followQuestions(waiting);
    return change;
  }

  /** Set the status after a run of an agent or a question has begun or ended (rules 6 and 7). */
  follow(waiting: Waiting): void {
    if (this.#isOver || this.value === "lost") return;
    const { agents } = waiting;
    const own = this.members.status;
    const status = agents?.outcome ? STATUS_OF[agents.outcome] : undefined;
    if (own !== null) {
      this.value = own.status;
      this.message = own.message;
    } else if (this.attempt > 0) {
      return;
    } else if (agents && status !== undefined) {
      this.value = status;
      this.message = agents.error;
    } else if (this.value !== "pending") {
      this.value = "pending";
      this.message = null;
    }
    this.#followQuestions(waiting);
  }

  /** While the run or an agent waits for an answer, it needs input (rule 7). */
  #followQuestions({ agents, questions }: Waiting): void {
    const isSet = this.#isOver || this.value === "lost" || this.value === "needs_input";
    const ofAgents = agents?.questions ?? [];
    if (isSet || (ofAgents.length === 0 && questions.message === null)) return;
    const asked = ofAgents.findLast(({ message }) => message !== null);
    this.value = "needs_input";
    this.message = questions.message ?? asked?.message ?? this.message;
  }

  /** Members are lost, or back: a status set by the hub. */
  #setLost(event: StatusUpdate, time: number | null): string | null {
    const before = this.value;
    // No change where a later status of the publisher came first.
    if (this.members.setLost(event) === 0) return null;
    const count = this.members.left.length;
    const remark = this.#followMembers(event, time);
    if (this.value !== before) return remark;
    if (event.status !== "lost") return memberBackWords(count);
    const lastSeen = parseSeconds(event.last_seen) ?? time;
    return memberContactWords(count, { lastSeen, cause: event.cause ?? null });
  }

  /** Derive the status of the run from its members. */
  #followMembers(event: StatusUpdate, time: number | null): string | null {
    const derived = this.members.status;
    if (derived === null) return null;
    const wasLost = this.value === "lost";
    this.value = derived.status;
    this.message = derived.message;
    this.lastSeen = null;
    this.cause = null;
    if (derived.status === "lost") {
      const last = this.members.lastSeen;
      this.lastSeen = parseSeconds(last?.last_seen) ?? time;
      this.cause = last?.cause ?? null;
      this.message = event.status === "lost" ? (event.message ?? null) : null;
      return wasLost ? null : contactWords(this);
    }
    if (FINAL.has(derived.status)) {
      this.endedAt = time;
      this.#isOver = true;
      this.members.clear();
    }
    return wasLost ? BACK_WORDS : null;
  }

  /** Whether this `running` begins an attempt (protocol 4.2). */
  #begins(event: StatusUpdate): boolean {
    return this.attempt === 0 || this.#isOver || this.members.begins(event);
  }

  /** The newest attempt is followed by another one. */
  #keepAttempt(): void {
    const { attempt, began, value: status } = this;
    if (attempt === 0) return;
    const [started, ended] = [this.startedAt, this.endedAt].map(timestampOf);
    const past = { attempt, began, started: started ?? null, ended: ended ?? null, status };
    this.past = [...this.past, past].slice(-MAX_PAST);
  }

  /** Begin an attempt; returns whether one came before it. */
  #begin(seq: number, time: number | null): boolean {
    this.#keepAttempt();
    const isFirst = this.attempt === 0 && (this.isComplete || !this.#isOver);
    this.members.begin();
    this.value = "running"; // so that no lost publisher is noted as back
    this.attempt = sum(this.attempt, 1);
    this.began = seq;
    this.startedAt = time;
    this.endedAt = null;
    this.#isOver = false;
    return !isFirst;
  }
}
