// How an AG-UI event changes what agents do, as `protocol/agents/reducer.py` has it; the streams in
// `tests/vectors/agui` hold both to the same result.

import type { AgentMessage, Node } from "../../protocol/messages.gen.js";
import { readExtra } from "../timeline/extra.js";
import { listOf, objectOf, textOf } from "../timeline/fields.js";
import * as nodes from "./nodes.js";
import { costOf, questionOf, sentUsage, shortName, usageOf } from "./read.js";
import { endRun as endAccount } from "./tally.js";
import * as tools from "./tools.js";
import * as work from "./work.js";

type AgentWork = work.AgentWork;
type Arrival = work.Arrival;
type Handler = (to: AgentWork, arrival: Arrival) => void;

/** Most characters of an error. */
const MAX_ERROR = 4_096;

/** Most entries of a list in an event that are read. */
const MAX_ENTRIES = 1_000;

const RUN_TYPES = new Set(["RUN_STARTED", "RUN_FINISHED", "RUN_ERROR"]);

const KEEP_LANES = new Set([
  "RAW",
  "ACTIVITY_SNAPSHOT",
  "ACTIVITY_DELTA",
  "REASONING_ENCRYPTED_VALUE",
  "SUBAGENT_STARTED",
  "SUBAGENT_FINISHED",
  "SUBAGENT_ERROR",
  "RUN_ERROR",
]);
const END_ALL_LANES = new Set(["RUN_STARTED", "RUN_FINISHED", "MESSAGES_SNAPSHOT"]);

/** Types of events of which texts, reasoning and arguments of tools consist. */
const TEXTS =
  /^(?:TOOL_CALL_(?:START|ARGS|CHUNK)|(?:TEXT|REASONING|THINKING_TEXT)_MESSAGE_(?:START|CONTENT|CHUNK))$/;

const HANDLERS = new Map<string, Handler>([
  ["RUN_STARTED", startRun],
  ["RUN_FINISHED", endRun],
  ["RUN_ERROR", endRun],
  ["STEP_STARTED", startStep],
  ["STEP_FINISHED", finishStep],
  ["TOOL_CALL_START", tools.startTool],
  ["TOOL_CALL_ARGS", tools.addArguments],
  ["TOOL_CALL_CHUNK", tools.chunkTool],
  ["TOOL_CALL_END", tools.endArguments],
  ["TOOL_CALL_RESULT", answerTool],
  ["MESSAGES_SNAPSHOT", readMessages],
  ["SUBAGENT_STARTED", startSubagent],
  ["SUBAGENT_FINISHED", endSubagent],
  ["SUBAGENT_ERROR", endSubagent],
]);

/** Whether an event begins or ends the run of an agent. */
export function isOfRun({ event }: AgentMessage): boolean {
  return RUN_TYPES.has(textOf(event["type"]));
}

/** Reduce an event of an agent. */
export function reduceAgentEvent(to: AgentWork, message: AgentMessage): void {
  const { agent, event } = message;
  const type = textOf(event["type"]);
  const handler = HANDLERS.get(type);
  const { kept } = to.nodes;
  const isText = kept.some((node) => node.awaits_token) && TEXTS.test(type);
  const hasLanes = kept.some((node) => node.has_lane);
  // Most events are pieces of texts.
  if (!handler && !isText && !hasLanes && event["metadata"] === undefined) return;
  const owner = shortName(event["subagentRunId"]);
  const time = typeof message.time === "number" ? message.time : null;
  const arrival = { agent, event, type, owner, time, extra: readExtra(event) };
  // The handler of a chunk ends the lanes that it does not continue.
  if (hasLanes && !KEEP_LANES.has(type) && !(handler && type.endsWith("_CHUNK"))) {
    work.endLanes(to, arrival, END_ALL_LANES.has(type) ? null : owner);
  }
  if (handler) handler(to, arrival);
  else work.count(to, arrival, undefined);
  if (isText) work.write(to, arrival);
}

function startRun(to: AgentWork, arrival: Arrival): void {
  const { agent, event, time } = arrival;
  const id = shortName(event["runId"]);
  to.outcome = null;
  to.error = null;
  work.answer(to, agent);
  if (nodes.openOf(to.nodes, agent, "run").some((run) => run.id === id)) return;
  for (const node of nodes.openOf(to.nodes, agent, "interrupt")) work.endNode(to, node, time);
  const parent = nodes.findNode(to.nodes, agent, "run", shortName(event["parentRunId"]));
  work.addNode(to, arrival, "run", id, "", parent);
}

function endRun(to: AgentWork, arrival: Arrival): void {
  const { agent, event, type, extra } = arrival;
  const { type: kind, interrupts } = objectOf(event["outcome"]);
  const run = takeRun(to, arrival);
  endParts(to, arrival, run);
  work.endLanes(to, arrival, null);
  const usage = listOf(event["usage"]).slice(0, MAX_ENTRIES).map(sentUsage);
  const known = usage.filter((one) => one !== null);
  const own = known.length > 0 || extra.usage === null ? known : [usageOf(extra.usage)];
  endAccount(to.tally, work.accountOf(agent, run), own, extra.cost && costOf(extra.cost));
  const hasFailed = type === "RUN_ERROR";
  to.error = hasFailed ? textOf(event["message"]).slice(0, MAX_ERROR) : null;
  work.answer(to, agent);
  if (hasFailed) to.outcome = "error";
  else if (kind === "cancelled" || kind === "interrupt") to.outcome = kind;
  else to.outcome = "success";
  if (to.outcome === "interrupt") ask(to, arrival, listOf(interrupts).slice(0, MAX_ENTRIES));
}

/** Remove the run that an event ends: of its id or, without an id, the newest. */
function takeRun(to: AgentWork, { agent, event, time }: Arrival): Node | undefined {
  const id = shortName(event["runId"]);
  const runs = nodes.openOf(to.nodes, agent, "run");
  const known = runs.find((run) => run.id === id) ?? (id === "" ? runs.at(-1) : undefined);
  for (const run of known ? [known] : runs) {
    work.endNode(to, run, time);
    if (run !== known) endAccount(to.tally, work.accountOf(agent, run), [], null);
  }
  return known;
}

/** End what is open and began in a run; all of its agent where the agent has no other run. */
function endParts(to: AgentWork, { agent, time }: Arrival, run: Node | undefined): void {
  for (const node of to.nodes.kept.filter(({ is_open }) => is_open)) {
    if (node.kind === "run" || node.kind === "interrupt") continue;
    const isOwn = run !== undefined && node.run === run.n;
    const endsAll = !run || nodes.openOf(to.nodes, agent, "run").length === 0;
    if (isOwn || (endsAll && node.agent === agent)) work.endNode(to, node, time);
  }
}

/** The agent waits for answers; the first question is the one that is shown. */
function ask(to: AgentWork, arrival: Arrival, interrupts: readonly unknown[]): void {
  const questions = interrupts.map((interrupt) => {
    const { id, message, reason } = objectOf(interrupt);
    const question = questionOf(message) || questionOf(reason);
    const node = work.addNode(to, arrival, "interrupt", shortName(id), shortName(question));
    work.watch(to, node, "waiting", arrival.time);
    return question;
  });
  work.ask(to, arrival.agent, questions.find((question) => question !== "") ?? null);
}

function startStep(to: AgentWork, arrival: Arrival): void {
  const { agent, event, time, extra } = arrival;
  let step = nodes.findNode(to.nodes, agent, "step", extra.id);
  if (!step) {
    step = work.addNode(to, arrival, "step", extra.id, shortName(event["stepName"]));
    if (extra.work === "model") {
      step.awaits_token = true;
      work.watch(to, step, "models", time);
    }
  }
  work.describe(to, arrival, step);
}

function finishStep(to: AgentWork, arrival: Arrival): void {
  const { agent, event, owner, time, extra } = arrival;
  const title = shortName(event["stepName"]);
  const known =
    extra.id === ""
      ? nodes
          .openOf(to.nodes, agent, "step")
          .findLast((one) => one.owner === owner && one.title === title)
      : nodes.findNode(to.nodes, agent, "step", extra.id);
  const step = known ?? work.addNode(to, arrival, "step", extra.id, title);
  work.describe(to, arrival, step);
  work.endNode(to, step, time);
}

function answerTool(to: AgentWork, arrival: Arrival): void {
  const tool = tools.toolOf(to, arrival);
  work.describe(to, arrival, tool);
  if (typeof arrival.event["error"] === "string") work.fail(to, tool);
  tool.is_answered = true;
  work.endNode(to, tool, arrival.time);
}

/** A snapshot may report that a tool has failed. */
function readMessages(to: AgentWork, { agent, event }: Arrival): void {
  for (const message of listOf(event["messages"])) {
    const { role, toolCallId, error } = objectOf(message);
    const tool = nodes.findNode(to.nodes, agent, "tool", shortName(toolCallId));
    if (role !== "tool" || !tool) continue;
    if (typeof error === "string") work.fail(to, tool);
    tool.is_answered = true;
    work.endNode(to, tool, null);
  }
}

function startSubagent(to: AgentWork, arrival: Arrival): void {
  const { agent, event, owner: id } = arrival;
  if (nodes.findNode(to.nodes, agent, "subagent", id)) return;
  const parent = nodes.findNode(to.nodes, agent, "tool", shortName(event["parentToolCallId"]));
  const outer = { ...arrival, owner: shortName(event["parentSubagentRunId"]) };
  const node = work.addNode(to, outer, "subagent", id, shortName(event["name"]), parent);
  work.describe(to, arrival, node);
}

function endSubagent(to: AgentWork, arrival: Arrival): void {
  const { agent, owner, time } = arrival;
  const node = nodes.findNode(to.nodes, agent, "subagent", owner);
  for (const part of to.nodes.kept.filter(({ is_open }) => is_open)) {
    const isOfAgent = part.agent === agent && part.kind !== "run" && part.kind !== "interrupt";
    if (isOfAgent && owner !== "" && part.owner === owner) work.endNode(to, part, time);
  }
  work.endLanes(to, arrival, owner);
  if (!node) {
    work.count(to, arrival, undefined);
    return;
  }
  work.describe(to, arrival, node);
  work.endNode(to, node, time);
}
