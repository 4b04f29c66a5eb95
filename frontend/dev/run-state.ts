// The state of a run, of its agents and of a task, as a server sends them; also used by tests.

import { emptyNode, emptyWork } from "../src/model/agents/work.js";
import type { AgentWork, Node, RunState, TaskState } from "../src/protocol/messages.gen.js";

export function runState(fields: Partial<RunState> = {}): RunState {
  return {
    sprint_id: "run",
    attempt: 1,
    began: 0,
    past: [],
    members: { left: [], outcome: null, ended_last: null },
    notebook: null,
    program: null,
    user: null,
    status: "running",
    message: null,
    created: null,
    started: null,
    ended: null,
    last_seen: null,
    cause: null,
    disconnected_at: null,
    updated: null,
    head: 0,
    tasks: [],
    metrics: [],
    outputs: [],
    details: null,
    logs: 0,
    warnings: 0,
    errors: 0,
    last_line: null,
    messages: 0,
    dropped: 0,
    agents: null,
    questions: null,
    inbox: null,
    ...fields,
  };
}

export function taskState(fields: Partial<TaskState> = {}): TaskState {
  return {
    task: "train",
    parents: [],
    current: 1,
    total: 4,
    unit: null,
    state: "running",
    began: null,
    updated: null,
    ...fields,
  };
}

export function agentWork(fields: Partial<AgentWork> = {}): AgentWork {
  const nothing = { usage: [], costs: [], is_lower_bound: false };
  return {
    ...emptyWork(0),
    sums: nothing,
    path: [],
    ...fields,
  };
}

/** An open node of an agent. */
export function agentNode(fields: Partial<Node> = {}): Node {
  return { ...emptyNode({ n: 0, kind: "step", agent: "planner", id: "" }), ...fields };
}

/** Tokens of the calls of one model. */
export function tokenUsage(fields: Partial<AgentWork["sums"]["usage"][number]> = {}) {
  return {
    provider: "openai",
    model: "gpt",
    input_tokens: null,
    output_tokens: null,
    total_tokens: null,
    reasoning_tokens: null,
    cached_input_tokens: null,
    cache_write_input_tokens: null,
    ...fields,
  };
}
