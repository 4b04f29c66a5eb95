// The client of the protocol and the model of a run, for a store.
//
// The model changes in place. A value here is replaced only where something in it has changed, so
// that React can compare by identity.

import type { Feed } from "../../src/feeds/feed.js";
import type { LogBook } from "../../src/model/log.js";
import type { LogLine } from "../../src/model/log-line.js";
import type { Metric } from "../../src/model/metrics/metric.js";
import { shareDone } from "../../src/model/tasks.js";
import type { TimelineNode } from "../../src/model/timeline/node.js";
import type { TaskState } from "../../src/protocol/messages.gen.js";
import type { AgentText, MetricSummary, Progress, SprintState } from "./sprint-state.js";

export { sendReply } from "../../src/feeds/reply.js";
export { ConfiguredSource } from "./server.js";

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
    state: keepFields(before.state, states),
    questions: run.questions.open,
    metrics: keepFields(
      before.metrics,
      Object.fromEntries([...run.metrics.all].map(([name, metric]) => [name, summaryOf(metric)])),
    ),
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

const SUMMARIES = new WeakMap<Metric, MetricSummary>();

function summaryOf(metric: Metric): MetricSummary {
  const known = SUMMARIES.get(metric);
  const { last, step, min, max, count } = metric;
  if (known?.count === count) return known;
  const summary = { last, step, min, max, count };
  SUMMARIES.set(metric, summary);
  return summary;
}

/** The object of before, where the new one has the same fields. */
function keepFields<Fields extends object>(before: Fields, now: Fields): Fields {
  return isSame(Object.entries(before).flat(), Object.entries(now).flat()) ? before : now;
}

/** The list of before, where the new one has the same items. */
function keep<Item>(before: readonly Item[], now: readonly Item[]): readonly Item[] {
  return isSame(before, now) ? before : now;
}

function isSame(before: readonly unknown[], now: readonly unknown[]): boolean {
  return before.length === now.length && before.every((item, at) => item === now[at]);
}
