// What a component is given of a run: plain values that do not change, made of the model.
//
// The model changes in place. A value here is replaced only where something in it has changed, so
// that React can compare by identity.

import type { ConnectionState, Feed } from "../../src/feeds/feed.js";
import type { LogBook } from "../../src/model/log.js";
import type { LogLine } from "../../src/model/log-line.js";
import { shareDone } from "../../src/model/tasks.js";
import type { TimelineNode } from "../../src/model/timeline/node.js";
import type { TaskState } from "../../src/protocol/messages.gen.js";
import type { Status } from "../../src/protocol/messages.js";

/** A task of a run; its identity is its name with those of its parents. */
export interface Progress {
  /** Unique among the tasks of a run. */
  key: string;
  task: string;
  parents: readonly string[];
  current: number;
  total: number | null;
  unit: string | null;
  state: TaskState["state"];
  /** The share that is done, 0 to 1; null where no total is known. */
  share: number | null;
}

/** A message of an agent, as far as it is written. */
export interface AgentText {
  /** Unique among the messages of a page. */
  key: number;
  id: string;
  agent: string;
  /** Such as `assistant`; "" where it is not known. */
  role: string;
  text: string;
  /** Whether more of it may come. */
  isOpen: boolean;
}

export interface SprintState {
  /** Whether there is a connection, over which all events up to now have come or are coming. */
  isConnected: boolean;
  connection: ConnectionState;
  /** Null while no event of the run is known. */
  status: Status | null;
  /** The message of the status, such as a traceback. */
  message: string | null;
  /** The newest lines of the log, the oldest first. */
  logs: readonly LogLine[];
  /** The tasks of the newest attempt, in the order of their first reports. */
  progress: readonly Progress[];
  /** What agents wrote, in the order in which they began. */
  messages: readonly AgentText[];
  /** The states that agents share, by agent. */
  state: Readonly<Record<string, unknown>>;
  /** Number of the newest event. */
  seq: number;
  /** Number of events that are known to be lost. */
  lost: number;
}

export const INITIAL: SprintState = {
  isConnected: false,
  connection: { phase: "connecting" },
  status: null,
  message: null,
  logs: [],
  progress: [],
  messages: [],
  state: {},
  seq: 0,
  lost: 0,
};

/** The state of a feed; parts of `before` that have not changed are kept. */
export function stateOf(feed: Feed, maxLogs: number, before: SprintState): SprintState {
  const { run, state: connection } = feed;
  const { phase } = connection;
  const states = Object.fromEntries(
    [...run.timeline.states].map(([agent, { value }]) => [agent, value]),
  );
  return {
    isConnected: phase === "connected" || phase === "catching_up",
    connection,
    status: run.isStatusKnown && !run.isEmpty ? run.status : null,
    message: run.message,
    logs: keep(before.logs, newestLines(run.log, maxLogs)),
    progress: keep(before.progress, [...run.tasks].map(progressOf)),
    messages: keep(
      before.messages,
      run.timeline.nodes.filter(({ kind }) => kind === "message").map(textOf),
    ),
    state: isSame(Object.entries(before.state).flat(), Object.entries(states).flat())
      ? before.state
      : states,
    seq: run.seq,
    lost: run.counts.lost,
  };
}

/** Number of the last event whose lines are not loaded although they are among the newest. */
export function missingBefore(log: LogBook, maxLogs: number): number | null {
  let count = 0;
  for (const { lines, last } of log.stretches.toReversed()) {
    if (count >= maxLogs) return null;
    if (lines === null) return last;
    count += lines.length;
  }
  return null;
}

/** The newest lines that publishers logged; remarks of a view are none. */
function newestLines(log: LogBook, maxLogs: number): LogLine[] {
  const newest: LogLine[] = [];
  for (const { lines } of log.stretches.toReversed()) {
    if (lines === null || newest.length >= maxLogs) break;
    for (let index = lines.length - 1; index >= 0 && newest.length < maxLogs; index -= 1) {
      const line = lines[index];
      if (line?.kind === "log") newest.push(line);
    }
  }
  return newest.reverse();
}

const PROGRESS = new WeakMap<TaskState, Progress>();

function progressOf(task: TaskState): Progress {
  const known = PROGRESS.get(task);
  if (known) return known;
  const { current, total, unit, state, parents } = task;
  const key = JSON.stringify([...parents, task.task]);
  const share = shareDone(task);
  const progress = { key, task: task.task, parents, current, total, unit, state, share };
  PROGRESS.set(task, progress);
  return progress;
}

const TEXTS = new WeakMap<TimelineNode, { version: number; text: AgentText }>();

function textOf(node: TimelineNode): AgentText {
  const known = TEXTS.get(node);
  if (known?.version === node.version) return known.text;
  const { n: key, id, agent, role, text, isOpen, version } = node;
  const made = { key, id, agent, role, text, isOpen };
  TEXTS.set(node, { version, text: made });
  return made;
}

/** The list of before, where the new one has the same items. */
function keep<Item>(before: readonly Item[], now: readonly Item[]): readonly Item[] {
  return isSame(before, now) ? before : now;
}

function isSame(before: readonly unknown[], now: readonly unknown[]): boolean {
  return before.length === now.length && before.every((item, at) => item === now[at]);
}
