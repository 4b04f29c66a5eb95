// A run's state as a server sends it, with whatever fields somebody has to say; for tests as well.

import type { RunState } from "../src/protocol/messages.gen.js";

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
    ...fields,
  };
}
