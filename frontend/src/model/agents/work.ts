// What the agents of the newest attempt did and are doing: counts, sums and times, and what is open.
//
// It is the `agents` of the state of a run, reduced by the same rules as in
// `protocol/agents/work.py`: a view that joins at the end continues from the state, so that it shows
// the figures of the list of runs.

import type { Node, AgentWork as SentWork } from "../../protocol/messages.gen.js";
import type { Extra } from "../timeline/extra.js";
import { type AguiEvent, textOf } from "../timeline/fields.js";
import { sum } from "../values.js";
import * as nodes from "./nodes.js";
import { costOf, shortName, usageOf } from "./read.js";
import { addDelay, begin, end, stopped } from "./stopwatch.js";
import { countCall } from "./tally.js";
import { emptySums } from "./usage.js";

/** The fields of a state but those that follow from the others. */
export type AgentWork = {
  [Name in keyof SentWork as string extends Name
    ? never
    : Exclude<Name, "sums" | "path">]: SentWork[Name];
};

/** Agents that wait for an answer and are kept; beyond it the oldest is dropped. */
const MAX_QUESTIONS = 20;

/** An event with what most of its handlers need. */
export interface Arrival {
  agent: string;
  event: AguiEvent;
  type: string;
  owner: string;
  /** When it was made, in seconds since 1970; null where it is not known. */
  time: number | null;
  extra: Extra;
}

/** The work of an attempt of which `missed` events of agents are not known. */
export function emptyWork(missed: number): AgentWork {
  return {
    tools: 0,
    failed_tools: 0,
    steps: 0,
    failed_steps: 0,
    outcome: null,
    error: null,
    questions: [],
    models: stopped(),
    ran: stopped(),
    waiting: stopped(),
    first_tokens: { count: 0, total: 0 },
    nodes: { kept: [], next_n: 0 },
    tally: { calls: [], settled: [], ended: { ...emptySums(), is_lower_bound: missed > 0 } },
  };
}

/** The work that a state has, to be continued. */
export function workOf(sent: SentWork): AgentWork {
  const { sums: _, path: __, ...work } = JSON.parse(JSON.stringify(sent)) as SentWork;
  return work;
}

/** The arguments of a tool call are complete: the tool runs now. */
export function runTool(work: AgentWork, tool: Node, time: number | null): void {
  tool.has_lane = false;
  if (tool.is_running) return;
  tool.is_running = true;
  tool.began = time;
  watch(work, tool, "tools", time);
}

/** Begin a node, below `parent` or below the one that its event names. */
export function addNode(
  work: AgentWork,
  arrival: Arrival,
  kind: Node["kind"],
  id: string,
  title: string,
  parent?: Node,
): Node {
  const { agent, owner, time } = arrival;
  const run = kind === "run" ? undefined : nodes.runOf(work.nodes, agent);
  const above = parent ?? parentOf(work, arrival, kind, title) ?? run;
  const node: Node = {
    ...emptyNode({ n: nodes.nextNumber(work.nodes), kind, agent, id }),
    owner,
    title,
    parent: above?.n ?? null,
    run: run?.n ?? null,
    began: time,
  };
  if (kind === "tool") work.tools = sum(work.tools, 1);
  else if (kind === "step") work.steps = sum(work.steps, 1);
  const dropped = nodes.keepNode(work.nodes, node);
  if (dropped) stopWatch(work, dropped, null);
  return node;
}

/** Apply the metadata of an event to its node. */
export function describe(work: AgentWork, arrival: Arrival, node: Node): void {
  const { error, ttftMs } = arrival.extra;
  if (typeof error === "string") fail(work, node);
  if (ttftMs !== null) node.ttft = ttftMs / 1_000;
  count(work, arrival, node);
}

/** Count the tokens and the cost of a call, which may have no node. */
export function count(work: AgentWork, arrival: Arrival, node: Node | undefined): void {
  const { agent, event, type, extra } = arrival;
  if ((extra.usage === null && extra.cost === null) || node?.has_counted_parts) return;
  const id = shortName(event["messageId"]);
  const parent = node ? null : parentOf(work, arrival, "tool", "");
  const inner = node ?? {
    ...emptyNode({ n: nodes.nextNumber(work.nodes), kind: "step", agent, id }),
    parent: parent?.n ?? null,
  };
  const run = node ? nodes.nodeAt(work.nodes, node.run) : nodes.runOf(work.nodes, agent);
  const ancestors = nodes.ancestorsOf(work.nodes, inner);
  for (const ancestor of ancestors) ancestor.has_counted_parts = true;
  const call = {
    n: inner.n,
    account: accountOf(agent, run),
    agent,
    kind: node?.kind ?? type.slice(0, Math.max(type.lastIndexOf("_"), 0)),
    id: inner.id,
    usage: extra.usage && usageOf(extra.usage),
    cost: extra.cost && costOf(extra.cost),
  };
  countCall(work.tally, call, new Set(ancestors.map(({ n }) => n)));
}

/** A text begins or continues: the first piece in the step of a model is its first token. */
export function write(work: AgentWork, arrival: Arrival): void {
  const { event, time } = arrival;
  const id = shortName(event["messageId"]) || shortName(event["toolCallId"]);
  const step =
    work.nodes.kept.find((one) => one.awaits_token && id !== "" && one.text_id === id) ??
    parentOf(work, arrival, "tool", "");
  if (!step?.awaits_token) return;
  step.text_id = id;
  if (textOf(event["delta"]) === "") return;
  step.awaits_token = false;
  if (time !== null && step.began !== null) step.ttft = Math.max(time - step.began, 0);
}

/** An agent waits for an answer from now on. */
export function ask(work: AgentWork, agent: string, message: string | null): void {
  answer(work, agent);
  work.questions = [...work.questions, { agent, message }].slice(-MAX_QUESTIONS);
}

/** An agent does not wait for an answer any more. */
export function answer(work: AgentWork, agent: string): void {
  work.questions = work.questions.filter((one) => one.agent !== agent);
}

export function fail(work: AgentWork, node: Node): void {
  if (node.has_failed) return;
  node.has_failed = true;
  if (node.kind === "tool") work.failed_tools = sum(work.failed_tools, 1);
  else if (node.kind === "step") work.failed_steps = sum(work.failed_steps, 1);
}

/** An event ends the chunks of a sub-agent or, with null, of all of its agent. */
export function endLanes(work: AgentWork, { agent, time }: Arrival, owner: string | null): void {
  for (const lane of nodes.lanesOf(work.nodes, agent)) {
    if (owner === null || lane.owner === owner) runTool(work, lane, time);
  }
}

/** A node has ended; without a time it is not known when. */
export function endNode(work: AgentWork, node: Node, time: number | null): void {
  stopWatch(work, node, time);
  if (!node.is_open) return;
  nodes.endNode(work.nodes, node);
  if (node.ttft !== null) addDelay(work.first_tokens, node.ttft);
}

type Watch = NonNullable<Node["watch"]>;

/** A node counts for a time from now on. */
export function watch(work: AgentWork, node: Node, name: Watch, time: number | null): void {
  if (time === null || node.watch !== null) return;
  node.watch = name;
  begin(stopwatchOf(work, name), time);
}

/** Where calls are counted: in their run or, outside of runs, for their agent. */
export function accountOf(agent: string, run: Node | undefined): string {
  return run ? `run ${run.n}` : `agent ${agent}`;
}

function stopWatch(work: AgentWork, node: Node, time: number | null): void {
  if (node.watch === null) return;
  end(stopwatchOf(work, node.watch), time);
  node.watch = null;
}

function stopwatchOf({ models, ran, waiting }: AgentWork, name: Watch) {
  return { models, tools: ran, waiting }[name];
}

function parentOf(
  work: AgentWork,
  { agent, owner, extra }: Arrival,
  kind: Node["kind"],
  title: string,
): Node | undefined {
  const named = nodes.namedNode(work.nodes, agent, extra.parent);
  if (named) return named;
  if (kind === "run") return undefined;
  const subagent = nodes.findNode(work.nodes, agent, "subagent", owner);
  // The publisher's own blocks state the step that they are a part of.
  if (extra.work !== null && extra.parent === "") return subagent;
  const step = nodes.newestOf(work.nodes, agent, "step", owner);
  if (!step) return subagent;
  // Steps of one name that overlap are beside each other.
  const isBeside = kind === "step" && step.title === title;
  return isBeside ? nodes.nodeAt(work.nodes, step.parent) : step;
}

/** An open node without anything below it. */
export function emptyNode(identity: Pick<Node, "n" | "kind" | "agent" | "id">): Node {
  return {
    ...identity,
    owner: "",
    title: "",
    parent: null,
    run: null,
    began: null,
    is_open: true,
    is_running: false,
    is_answered: false,
    has_failed: false,
    has_lane: false,
    has_counted_parts: false,
    awaits_token: false,
    text_id: "",
    ttft: null,
    watch: null,
  };
}
