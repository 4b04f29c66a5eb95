// Tool calls, which come between a start and an end or in chunks, as `protocol/agents/streams.py` has
// them. The state of a run has no other texts.

import type { Node } from "../../protocol/messages.gen.js";
import * as nodes from "./nodes.js";
import { shortName } from "./read.js";
import * as work from "./work.js";

type AgentWork = work.AgentWork;
type Arrival = work.Arrival;

/** The tool call of an event, a new one where it is not known. */
export function toolOf(to: AgentWork, arrival: Arrival): Node {
  const { agent, owner } = arrival;
  const id = idOf(arrival);
  const known =
    id === ""
      ? nodes.newestOf(to.nodes, agent, "tool", owner)
      : nodes.findNode(to.nodes, agent, "tool", id);
  return known ?? begin(to, arrival);
}

export function startTool(to: AgentWork, arrival: Arrival): void {
  // Without ids a start begins another one.
  const tool = idOf(arrival) === "" ? begin(to, arrival) : toolOf(to, arrival);
  if (!tool.is_answered && !tool.has_failed) {
    tool.is_open = true;
    tool.is_running = false;
  }
  describe(to, arrival, tool);
}

export function addArguments(to: AgentWork, arrival: Arrival): void {
  describe(to, arrival, toolOf(to, arrival));
}

export function endArguments(to: AgentWork, arrival: Arrival): void {
  const tool = toolOf(to, arrival);
  describe(to, arrival, tool);
  if (tool.has_failed) work.endNode(to, tool, arrival.time);
  else if (tool.is_open) work.runTool(to, tool, arrival.time);
}

/** Add a piece that may begin a call and has no end. */
export function chunkTool(to: AgentWork, arrival: Arrival): void {
  const { agent, owner } = arrival;
  const id = idOf(arrival);
  let tool = id === "" ? continued(to, arrival) : nodes.findNode(to.nodes, agent, "tool", id);
  if (!tool?.has_lane) {
    work.endLanes(to, arrival, owner);
    tool ??= begin(to, arrival);
    if (!tool.is_answered && !tool.has_failed) tool.is_open = true;
    tool.has_lane = tool.is_open;
  }
  describe(to, arrival, tool);
}

/** The call that a chunk without an id continues. */
function continued(to: AgentWork, { agent, owner }: Arrival): Node | undefined {
  const lanes = nodes.lanesOf(to.nodes, agent);
  const own = lanes.find((lane) => lane.owner === owner);
  if (own) return own;
  if (lanes.length === 1 && owner === "") return lanes[0];
  return nodes.newestOf(to.nodes, agent, "tool", owner);
}

function begin(to: AgentWork, arrival: Arrival): Node {
  return work.addNode(to, arrival, "tool", idOf(arrival), "");
}

function describe(to: AgentWork, arrival: Arrival, tool: Node): void {
  tool.title = shortName(arrival.event["toolCallName"]) || tool.title;
  work.describe(to, arrival, tool);
}

function idOf({ event }: Arrival): string {
  return shortName(event["toolCallId"]);
}
