// What the events of a timeline change: its nodes, what is open of each agent, and durations.

import { type Extra, readExtra } from "./extra.js";
import { type AguiEvent, jsonLength, nameOf, textOf } from "./fields.js";
import { emptyNode, type NodeKind, type Outcome, type TimelineNode } from "./node.js";
import { NodeStore } from "./node-store.js";
import { Scope } from "./scope.js";
import type { SharedState } from "./shared-state.js";
import { StateChanges } from "./state-changes.js";

/** Most characters of the metadata of a node as JSON. */
const MAX_METADATA = 16_384;

/** Most agents of which something is kept after their nodes were removed. */
const MAX_AGENTS = 1_000;

/** An event with what most of its handlers need. */
export interface Arrival {
  agent: string;
  event: AguiEvent;
  type: string;
  /** The id of the sub-agent that it is of; "" for the agent itself. */
  owner: string;
  /** When the publisher made it, in milliseconds since 1970; null where it sent none. */
  time: number | null;
  /** When it was made or else stored: not exact enough for durations. */
  shownTime: number | null;
  extra: Extra;
  scope: Scope;
}

export class Book {
  readonly store: NodeStore;
  readonly states = new Map<string, SharedState>();
  readonly scopes = new Map<string, Scope>();
  readonly stateChanges = new StateChanges();
  /** When the newest event was made or stored. */
  #lastAt: number | null = null;
  /** Open steps that call a model, of which no token has come. */
  readonly #silent = new Set<TimelineNode>();

  constructor(store = new NodeStore()) {
    this.store = store;
  }

  /** The book of the next attempt: it has the nodes, and nothing is open in it. */
  next(): Book {
    for (const scope of this.scopes.values()) {
      for (const node of [...scope.open]) this.end(node, "unfinished", null);
    }
    this.store.forgetIds();
    return new Book(this.store);
  }

  /** Events are missing: what is open may have ended. A later event may show that it has not. */
  breakOff(): void {
    for (const scope of this.scopes.values()) {
      scope.takeLanes(null);
      for (const node of [...scope.open]) {
        if (node.kind === "run") continue;
        this.end(node, "unfinished", null);
        if (node.kind === "step") scope.broken.add(node);
      }
    }
    this.#silent.clear();
  }

  arrival(agent: string, event: AguiEvent, time: number | null, shownTime: number | null): Arrival {
    let scope = this.scopes.get(agent);
    if (!scope) {
      scope = new Scope();
      this.scopes.set(agent, scope);
    }
    const owner = nameOf(event["subagentRunId"]);
    const type = textOf(event["type"]);
    this.#lastAt = shownTime ?? this.#lastAt;
    return { agent, event, type, owner, time, shownTime, extra: readExtra(event), scope };
  }

  /** Add a node at the end. It is open where events are expected to change it. */
  add(arrival: Arrival, kind: NodeKind, fields: Partial<TimelineNode> = {}): TimelineNode {
    const { agent, owner, scope, extra } = arrival;
    const node = emptyNode(kind, agent, arrival.shownTime);
    node.startedAt = arrival.time;
    const run = this.#runOf(scope);
    node.owner = owner === "" ? null : owner;
    node.run = run?.n ?? null;
    node.parent = this.#parentOf(arrival, kind)?.n ?? node.run;
    Object.assign(node, fields);
    if (!node.hasStart) node.startedAt = null;
    for (const old of this.store.add(node)) this.#forget(old);
    if (node.isOpen) scope.begin(node);
    this.describe(node, extra);
    if (node.isOpen && node.work === "model") this.#silent.add(node);
    return node;
  }

  /** Apply the metadata of an event to its node. */
  describe(node: TimelineNode, extra: Extra): void {
    node.version += 1;
    node.lastAt = this.#lastAt;
    if (extra.metadata === null) return;
    const metadata = { ...node.metadata, ...extra.metadata };
    if (jsonLength(metadata) <= MAX_METADATA) node.metadata = metadata;
    node.work = extra.work ?? node.work;
    node.durationMs = extra.durationMs ?? node.durationMs;
    node.ttftMs = extra.ttftMs ?? node.ttftMs;
    if (typeof extra.error === "string") node.error = extra.error;
    if (extra.input !== null) this.store.set(node, "args", extra.input);
    if (extra.output !== null) this.store.setResult(node, extra.output);
    if (extra.usage !== null) node.usage = [extra.usage];
    node.cost = extra.cost ?? node.cost;
  }

  /** A piece of a text has come: the first one in the step of a model is its first token. */
  write(node: TimelineNode, time: number | null): void {
    const step = this.#silent.size > 0 ? this.store.at(node.parent) : undefined;
    if (!step || !this.#silent.delete(step) || step.startedAt === null || time === null) return;
    step.ttftMs = Math.max(time - step.startedAt, 0);
    step.version += 1;
  }

  /** A node has ended; `time` is that of its end event, else null. */
  end(node: TimelineNode, outcome: Outcome | null, time: number | null): void {
    node.version += 1;
    node.isOpen = false;
    node.endedAt = time;
    node.outcome = node.error === null ? outcome : null;
    this.scopes.get(node.agent)?.open.delete(node);
    this.#silent.delete(node);
  }

  /** A node that had ended is continued. */
  reopen(node: TimelineNode, scope: Scope): void {
    if (node.isOpen) return;
    node.isOpen = true;
    node.outcome = null;
    node.endedAt = null;
    scope.begin(node);
  }

  /** The arguments of a tool call are complete: the tool runs now. */
  startTool(node: TimelineNode, time: number | null): void {
    if (node.areArgsComplete) return;
    node.areArgsComplete = true;
    node.argsEndedAt = time;
    node.version += 1;
  }

  /** A stream of chunks has ended. */
  endLanes(scope: Scope, owner: string | null, time: number | null): void {
    for (const node of scope.takeLanes(owner)) {
      if (!node.isOpen) continue;
      if (node.kind === "tool") this.startTool(node, time);
      else this.end(node, null, time);
    }
  }

  /** End the oldest runs of an agent whose ends have not come, so that this many are left. */
  endRuns(scope: Scope, left: number): void {
    for (const run of scope.takeRuns(left)) this.end(run, "unfinished", null);
  }

  /** The open run of an agent, or else the only open run of all agents. */
  #runOf(scope: Scope): TimelineNode | undefined {
    const own = scope.newestRun;
    if (own) return own;
    let only: TimelineNode | undefined;
    for (const other of this.scopes.values()) {
      if (other.runs.size === 0) continue;
      if (only || other.runs.size > 1) return undefined;
      only = other.newestRun;
    }
    return only;
  }

  #parentOf({ agent, owner, scope, extra, event }: Arrival, kind: NodeKind) {
    if (extra.parent !== "") {
      // A step may have parts of other agents.
      for (const of of ["step", "tool", "subagent", "run"] as const) {
        for (const name of [agent, ...this.scopes.keys()]) {
          const node = this.store.find(name, of, extra.parent);
          if (node) return node;
        }
      }
    }
    if (kind === "run") return undefined;
    const subagent = this.store.find(agent, "subagent", owner);
    // The publisher's own blocks state the step that they are a part of.
    if (extra.work !== null && extra.parent === "") return subagent;
    const step = scope.stepsOf(owner).at(-1);
    const name = nameOf(event["stepName"]);
    // Steps of one name that overlap are beside each other.
    if (step && kind === "step" && step.title === name) return this.store.at(step.parent);
    return step ?? subagent;
  }

  #forget(node: TimelineNode): void {
    this.#silent.delete(node);
    const scope = this.scopes.get(node.agent);
    scope?.forget(node);
    if (scope && this.scopes.size > MAX_AGENTS) this.endRuns(scope, 0);
    if (scope?.isEmpty) this.scopes.delete(node.agent);
  }
}
