// Runs of agents and their sub-agents: their end ends what began in them.

import type { Arrival, Book } from "./book.js";
import { readError } from "./extra.js";
import { detailOf, listOf, nameOf, objectOf, textOf } from "./fields.js";
import { addMessages } from "./messages.js";
import type { Outcome, TimelineNode } from "./node.js";
import { readUsage } from "./usage.js";

/** Most runs of one agent that are open at the same time. */
const MAX_RUNS = 100;

/** Most entries of a list in an event that are read. */
const MAX_ENTRIES = 1_000;

const OUTCOMES = new Set(["success", "interrupt", "cancelled"]);

export function startRun(book: Book, arrival: Arrival): void {
  const { agent, event, scope, extra } = arrival;
  const id = nameOf(event["runId"]);
  const input = objectOf(event["input"]);
  const known = scope.runs.get(id);
  if (known) book.describe(known, extra);
  else {
    const parent = book.store.find(agent, "run", nameOf(event["parentRunId"]))?.n ?? null;
    answerInterrupts(arrival, listOf(input["resume"]));
    scope.runs.set(id, book.add(arrival, "run", { id, parent, run: null, isOpen: true }));
    book.endRuns(scope, MAX_RUNS);
  }
  addMessages(book, arrival, listOf(input["messages"]).slice(0, MAX_ENTRIES));
}

export function finishRun(book: Book, arrival: Arrival): void {
  const { event } = arrival;
  const { type, interrupts } = objectOf(event["outcome"]);
  const outcome = (OUTCOMES.has(textOf(type)) ? type : "success") as Outcome;
  const run = takeRun(book, arrival, nameOf(event["runId"]));
  const asked = outcome === "interrupt" ? listOf(interrupts).slice(0, MAX_ENTRIES) : [];
  const waiting = new Set(asked.map((interrupt) => nameOf(objectOf(interrupt)["toolCallId"])));
  endParts(book, arrival, run, (node) => {
    if (outcome !== "success" && node.kind !== "tool") return textOutcome(node, outcome);
    if (node.kind !== "tool") return null;
    if (outcome === "cancelled") return "cancelled";
    return waiting.has(node.id) ? "suspended" : "unanswered";
  });
  if (event["result"] !== undefined) book.store.setResult(run, event["result"]);
  closeRun(book, arrival, run, outcome);
  for (const interrupt of asked) addInterrupt(book, arrival, run, objectOf(interrupt));
}

export function failRun(book: Book, arrival: Arrival): void {
  const { event } = arrival;
  const run = takeRun(book, arrival, nameOf(event["runId"]));
  const message = textOf(event["message"]);
  run.error = String(readError(message));
  endParts(book, arrival, run, () => "unfinished");
  book.endLanes(arrival.scope, null, arrival.time);
  closeRun(book, arrival, run, null);
  const title = nameOf(event["code"]);
  const error = run.error;
  const node = book.add(arrival, "error", { title, parent: run.n, run: run.n, error });
  book.store.set(node, "text", message);
}

export function startSubagent(book: Book, arrival: Arrival): void {
  const { agent, event, owner, extra } = arrival;
  const known = book.store.find(agent, "subagent", owner);
  if (known) {
    book.describe(known, extra);
    return;
  }
  addSubagent(book, arrival, { isOpen: true, text: nameOf(event["description"]) });
}

export function endSubagent(book: Book, arrival: Arrival): void {
  const { agent, event, owner, time, type, scope, extra } = arrival;
  const hasFailed = type === "SUBAGENT_ERROR";
  const node =
    book.store.find(agent, "subagent", owner) ?? addSubagent(book, arrival, { hasStart: false });
  for (const part of [...scope.open]) {
    if (part === node || owner === "" || part.owner !== owner) continue;
    const outcome = part.kind === "tool" ? "unanswered" : null;
    book.end(part, hasFailed ? "unfinished" : outcome, null);
  }
  book.endLanes(scope, owner, time);
  book.describe(node, extra);
  if (hasFailed) node.error = textOf(event["message"]).slice(0, 4_096);
  const { type: outcome } = objectOf(event["outcome"]);
  book.end(node, OUTCOMES.has(textOf(outcome)) ? (outcome as Outcome) : null, time);
}

function addSubagent(book: Book, arrival: Arrival, fields: Partial<TimelineNode>): TimelineNode {
  const { agent, event, owner } = arrival;
  const parentOwner = nameOf(event["parentSubagentRunId"]);
  const tool = book.store.find(agent, "tool", nameOf(event["parentToolCallId"]));
  const parent = tool ? { parent: tool.n } : {};
  return book.add({ ...arrival, owner: parentOwner }, "subagent", {
    id: owner,
    title: nameOf(event["name"]),
    ...parent,
    ...fields,
  });
}

/** The run that an event ends: of its id or, without an id, the newest. */
function takeRun(book: Book, arrival: Arrival, id: string): TimelineNode {
  const { scope } = arrival;
  const run = scope.runs.get(id) ?? (id === "" ? scope.newestRun : undefined);
  if (run) {
    scope.runs.delete(run.id);
    return run;
  }
  return book.add(arrival, "run", { id, parent: null, run: null, hasStart: false });
}

/** End what is open and began in a run; all of its agent where the agent has no other run. */
function endParts(
  book: Book,
  { scope }: Arrival,
  run: TimelineNode,
  outcomeOf: (node: TimelineNode) => Outcome | null,
): void {
  const endsAll = !run.hasStart || scope.runs.size === 0;
  if (!run.hasStart) book.endRuns(scope, 0);
  const open = [...book.scopes.values()].flatMap((other) => [...other.open]);
  for (const node of open) {
    if (node.kind === "run") continue;
    const isOwn = run.hasStart && node.run === run.n;
    const isOfAgent = endsAll && node.agent === run.agent;
    if (isOwn || isOfAgent) book.end(node, outcomeOf(node), null);
  }
}

function textOutcome({ kind }: TimelineNode, outcome: Outcome): Outcome | null {
  if (kind === "message" || kind === "reasoning") return outcome === "cancelled" ? outcome : null;
  return outcome === "interrupt" ? "suspended" : outcome;
}

function closeRun(
  book: Book,
  { event, time, extra }: Arrival,
  run: TimelineNode,
  outcome: Outcome | null,
): void {
  book.describe(run, extra);
  const usage = listOf(event["usage"]).slice(0, MAX_ENTRIES).map(readUsage);
  const known = usage.filter((counts) => counts !== null);
  if (known.length > 0) run.usage = known;
  book.end(run, outcome, time);
}

function addInterrupt(
  book: Book,
  arrival: Arrival,
  run: TimelineNode,
  { id, reason, message, toolCallId, responseSchema, subagentRunId }: Record<string, unknown>,
): void {
  const tool = book.store.find(arrival.agent, "tool", nameOf(toolCallId));
  const node = book.add({ ...arrival, owner: nameOf(subagentRunId) }, "interrupt", {
    id: nameOf(id),
    title: nameOf(reason),
    args: responseSchema === undefined ? "" : detailOf(responseSchema),
    parent: tool?.n ?? run.n,
    run: run.n,
    outcome: "suspended",
  });
  book.store.set(node, "text", textOf(message));
  arrival.scope.interrupts.set(node.id, node);
}

/** A run has begun: the interrupts of the runs before it are answered, or obsolete. */
function answerInterrupts({ scope, time }: Arrival, answers: readonly unknown[]): void {
  if (scope.interrupts.size === 0) return;
  const statuses = new Map(
    answers.slice(0, MAX_ENTRIES).map((answer) => {
      const { interruptId, status } = objectOf(answer);
      return [nameOf(interruptId), status];
    }),
  );
  for (const [id, node] of scope.interrupts) {
    const status = statuses.get(id);
    node.outcome = status === "cancelled" ? status : status === undefined ? null : "success";
    node.endedAt = time;
    node.version += 1;
  }
  scope.interrupts.clear();
}
