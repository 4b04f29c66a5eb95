// What the events of a run amount to: its parts, and what an event of each type changes in them.

import type { RunState, StatusUpdate } from "../protocol/messages.gen.js";
import type { AnyEvent, KnownEvent, QuestionEvent } from "../protocol/messages.js";
import { agentRules } from "./agents/on-demand.js";
import type { AgentWork } from "./agents/work.js";
import { Counts } from "./counts.js";
import { detail, OTHER, originOf } from "./event-lines.js";
import { Inbox, type InboxEvent } from "./inbox.js";
import { isKnown, type Reducer, type Reducers, type Times } from "./known-events.js";
import { LogBook } from "./log.js";
import { PastMetrics, RunMetrics } from "./metrics/run-metrics.js";
import { RunOutputs } from "./outputs/run-outputs.js";
import { Questions, type Stored } from "./questions.js";
import { attemptWords, droppedWords, notFiniteWords, stopRemark } from "./remarks.js";
import { RunDetails } from "./run-details.js";
import { RunStatus } from "./run-status.js";
import { StatusOfRun } from "./status-of-run.js";
import { PastTasks, Tasks } from "./tasks.js";
import { Timeline } from "./timeline.js";

/** Of an event that is not in the log. */
const NOWHERE: Stored = { seq: 0, timestamp: "", user: null };

export abstract class ReducedRun extends StatusOfRun {
  timeline = new Timeline();
  log = new LogBook();
  /** Of the newest attempt, as what follows. */
  tasks = new Tasks();
  counts = new Counts();
  /** What the agents do; null before the first event of one. */
  agents: AgentWork | null = null;
  /** The questions to the users. */
  questions = new Questions();
  /** What users have sent to it. */
  inbox = new Inbox();
  metrics = new RunMetrics();
  outputs = new RunOutputs();
  details = new RunDetails();
  /** Of the attempts before the newest one. */
  pastMetrics = new PastMetrics();
  pastTasks = new PastTasks();
  /** What an event of each known type changes. */
  readonly #reducers: Reducers = {
    status_update: (event, { stored, at }) => this.#updateStatus(event, stored, at.seq),
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
      if (!isOfRun(event)) return;
      this.questions.closeOf(event.agent);
      this.standing.follow(this);
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
      this.warn(droppedWords(count, reason, message ?? null), made);
    },
    output: (event, { at }) => this.outputs.add(event, at.seq),
    blob_upload: (event, { at }) => this.outputs.note(event, at.seq),
    details: (event) => this.details.add(event),
    metrics: (event, { made, at }) => {
      for (const metric of this.metrics.add(event, made, at.seq)) {
        this.warn(notFiniteWords(metric), made);
      }
    },
  };

  /** Apply an event that was stored at a time, in milliseconds since 1970. */
  protected reduce(event: AnyEvent, stored: number | null, at: Stored = NOWHERE): void {
    const made = typeof event.time === "number" ? event.time * 1000 : stored;
    if (!isKnown(event)) {
      this.log.add(detail(event), { ...OTHER, time: made });
      return;
    }
    const reduce = this.#reducers[event.type] as Reducer<KnownEvent>; // of the type of this event
    reduce(event, { made, stored, at });
  }

  #updateStatus(event: StatusUpdate, time: number | null, seq: number): void {
    const before = this.startedAt;
    const { restarts, remark } = this.standing.update(event, seq, time, this);
    if (this.startedAt !== null && this.startedAt !== before) this.log.startAttempt(this.startedAt);
    if (restarts) this.#restart(time);
    if (remark !== null) this.log.addRemark("note", remark, time);
  }

  #question(event: QuestionEvent, { made, at }: Times): void {
    const before = this.questions.agents;
    this.questions.apply(event, at);
    const now = this.questions.agents;
    if (this.agents) {
      this.agents.questions = this.agents.questions.filter(
        ({ agent }) => now.has(agent) || !before.has(agent),
      );
    }
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
    this.metrics.settings = this.details.settings;
    this.pastMetrics.add(this.attempt - 1, this.metrics);
    this.pastTasks.add(this.attempt - 1, this.tasks);
    this.#clearAttempt();
    this.details.beginAttempt();
    const heading = attemptWords(this.isComplete ? this.attempt : null);
    this.log.addRemark("divider", heading, time);
    this.timeline.divide(heading, time);
  }

  #clearAttempt(): void {
    this.tasks = new Tasks();
    this.counts = new Counts();
    this.agents = null;
    this.questions = new Questions();
    this.inbox = new Inbox();
    this.metrics = new RunMetrics();
    this.outputs = new RunOutputs();
  }

  /** Continue from a state of the server; the log and the timeline are kept. */
  protected adopt(state: RunState): void {
    const before = this.startedAt;
    this.standing = RunStatus.from(state, this.standing);
    if (this.startedAt !== null) this.log.attempts.add(state.began, this.startedAt);
    this.counts.adopt(state);
    this.questions = Questions.from(state.questions);
    this.inbox = Inbox.from(state.inbox);
    this.agents = state.agents && agentRules().workOf(state.agents);
    this.metrics = RunMetrics.from(state.metrics);
    this.outputs = RunOutputs.from(state.outputs, state.head, this.outputs);
    this.details = RunDetails.from(state.details);
    const isSameAttempt = before === null || before === this.startedAt;
    this.tasks = Tasks.from(state.tasks, isSameAttempt ? this.tasks : new Tasks());
  }

  /** Forget all events. */
  protected clear(): void {
    this.#clearAttempt();
    this.details = new RunDetails();
    this.standing = new RunStatus();
    this.pastMetrics = new PastMetrics();
    this.pastTasks = new PastTasks();
    this.timeline = new Timeline();
    this.log = new LogBook();
  }

  protected warn(text: string, time: number | null = null): void {
    this.log.addRemark("notice", text, time, "warning");
  }
}
