// What agents do, as a list of nodes that form a tree, reduced from AG-UI events one by one
// (https://docs.ag-ui.com, version 1.0, and the THINKING_ types of earlier ones).
//
// No event makes it throw, and its size is bounded. It may begin with any event: what began before
// has `hasStart` false. A node and its fields are described in timeline/node.ts.

import type { AgentMessage, UserMessage } from "../protocol/messages.gen.js";
import type { QuestionEvent } from "../protocol/messages.js";
import { agentRules } from "./agents/on-demand.js";
import type { Stored } from "./questions.js";
import { Book } from "./timeline/book.js";
import { eventDetail, textOf } from "./timeline/fields.js";
import { emptyNode, type TimelineNode } from "./timeline/node.js";
import { applyQuestion } from "./timeline/questions.js";
import { applyMessage, applyTaken } from "./timeline/sent.js";
import type { SharedState } from "./timeline/shared-state.js";
import type { StateChange } from "./timeline/state-changes.js";

/** Most events kept for adding earlier ones. */
const MAX_KEPT_EVENTS = 20_000;

/** Most attempts whose nodes are kept apart. */
const MAX_ATTEMPTS = 100;

type Message = Pick<AgentMessage, "agent" | "event" | "time">;

/** What was applied to a timeline. */
type Applied =
  | { kind: "add"; message: Message; time: number | null }
  | { kind: "ask"; event: QuestionEvent | UserMessage; at: Stored; time: number | null }
  | { kind: "divide"; heading: string; time: number | null }
  | { kind: "break" };

export class Timeline {
  #book = new Book();
  #added = 0;
  /** Numbers of the first nodes of the attempts that are known. */
  #starts = [0];
  /** What was applied, for `prepend`; null where it is not kept. */
  #applied: Applied[] | null = null;

  /** The nodes kept, by the order in which they began. */
  get nodes(): readonly TimelineNode[] {
    return this.#book.store.nodes;
  }

  /** The node of a number; undefined where it is not kept any more. */
  node(n: number | null): TimelineNode | undefined {
    return this.#book.store.at(n);
  }

  /** Number of the oldest nodes that were removed. */
  get trimmed(): number {
    return this.#book.store.trimmed;
  }

  /** The states that agents share, by agent. */
  get states(): ReadonlyMap<string, SharedState> {
    return this.#book.states;
  }

  /** What a node of kind `state` changed last; undefined where it is not kept any more. */
  stateChange(node: TimelineNode): StateChange | undefined {
    return this.#book.stateChanges.get(node);
  }

  /** Whether earlier events can be put before the first. */
  get mayGrowBack(): boolean {
    return this.#applied !== null && this.trimmed === 0;
  }

  /** Number of events of agents that were applied. */
  get added(): number {
    return this.#added;
  }

  /** Number of the first node of the newest attempt; all before it have ended. */
  get attemptStart(): number {
    return this.#starts.at(-1) ?? 0;
  }

  /** The nodes of an attempt: of the newest one (0), or so many before it. */
  nodesOf(before: number): readonly TimelineNode[] {
    const at = this.#starts.length - 1 - before;
    const [from, to = Infinity] = [this.#starts[at], this.#starts[at + 1]];
    return from === undefined ? [] : this.nodes.filter(({ n }) => from <= n && n < to);
  }

  /** Keep what is applied from now on, up to a bound, so that earlier events can be added. */
  keepEvents(): void {
    this.#applied = [];
  }

  /** Add what an earlier timeline, whose events were kept, has before this one. */
  prepend(earlier: Timeline): void {
    const applied = [...(earlier.#applied ?? []), ...(this.#applied ?? [])];
    const whole = new Timeline();
    whole.keepEvents();
    for (const one of applied) whole.#apply(one);
    // The nodes that were shown keep their numbers.
    const shift = this.#book.store.end - whole.#book.store.end;
    whole.#book.store.renumber(shift);
    this.#book = whole.#book;
    this.#added = whole.#added;
    this.#starts = whole.#starts.map((start) => start + shift);
    this.#applied = whole.#applied;
  }

  /** Begin an attempt; it continues no earlier node, and sums begin again. */
  divide(heading: string, time: number | null): void {
    this.#keep({ kind: "divide", heading, time });
    this.#book = this.#book.next();
    this.#starts = [...this.#starts, this.#book.store.end].slice(-MAX_ATTEMPTS);
    if (this.nodes.length === 0) return;
    this.#book.store.add({ ...emptyNode("divider", "", time), title: heading });
  }

  /** Events are missing; they may have ended what is open. */
  breakOff(): void {
    this.#keep({ kind: "break" });
    this.#book.breakOff();
  }

  /**
   * Apply an AG-UI event. `time`, in milliseconds since 1970, is when it was made or stored, and is
   * shown; durations are computed from the message's own time only.
   */
  add(message: Message, time: number | null): void {
    this.#keep({ kind: "add", message, time });
    this.#added += 1;
    const { agent, event } = message;
    const made = typeof message.time === "number" ? message.time * 1_000 : null;
    const arrival = this.#book.arrival(agent, event, made, time);
    const [handle, ends] = agentRules().handlerOf(arrival.type);
    try {
      if (ends !== "none") {
        this.#book.endLanes(arrival.scope, ends === "all" ? null : arrival.owner, made);
      }
      handle(this.#book, arrival);
    } catch {
      this.#book.store.add({
        ...emptyNode("other", agent, time),
        title: textOf(event["type"]).slice(0, 100),
        text: eventDetail(event),
      });
    }
  }

  /** Apply an event about a question to the users, or a message of one. */
  ask(event: QuestionEvent | UserMessage, at: Stored, time: number | null): void {
    this.#keep({ kind: "ask", event, at, time });
    if (event.type === "user_message") applyMessage(this.#book, event, at, time);
    else if (event.type === "taken") applyTaken(this.#book, event, time);
    else applyQuestion(this.#book, event, at.user, time);
  }

  #apply(applied: Applied): void {
    switch (applied.kind) {
      case "ask":
        this.ask(applied.event, applied.at, applied.time);
        break;
      case "add":
        this.add(applied.message, applied.time);
        break;
      case "divide":
        this.divide(applied.heading, applied.time);
        break;
      case "break":
        this.breakOff();
        break;
      default:
        applied satisfies never;
    }
  }

  #keep(applied: Applied): void {
    if (this.#applied === null) return;
    if (this.#applied.length < MAX_KEPT_EVENTS) this.#applied.push(applied);
    else this.#applied = null;
  }
}
