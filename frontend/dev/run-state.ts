// The state of a run and of a task, as a server sends them; also used by tests.

import type { RunState, TaskState } from "../src/protocol/messages.gen.js";

export function runState(fields: Partial<RunState> = {}): RunState {
  return {
    sprint_id: "run",
    attempt: 1,
    began: 0,
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
    logs: 0,
    warnings: 0,
    errors: 0,
    messages: 0,
    dropped: 0,
    agents: null,
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
