// What comes in pieces, between a start and an end or in chunks: messages, reasoning, tool calls.

import type { Arrival, Book } from "./book.js";
import { outcomeOf } from "./extra.js";
import { nameOf, textOf } from "./fields.js";
import type { TimelineNode } from "./node.js";

/** Most headings of reasoning that has not begun. */
const MAX_HEADINGS = 100;

/** A kind of node that comes in pieces. */
interface Stream {
  kind: "message" | "reasoning" | "tool";
  /** The field with its id. */
  id: "messageId" | "toolCallId";
  /** The field with its title. */
  title: "name" | "toolCallName" | "";
  /** What its pieces are added to. */
  content: "text" | "args";
}

export const MESSAGE = {
  kind: "message",
  id: "messageId",
  title: "name",
  content: "text",
} as const;
export const REASONING = {
  kind: "reasoning",
  id: "messageId",
  title: "",
  content: "text",
} as const;
export const TOOL = {
  kind: "tool",
  id: "toolCallId",
  title: "toolCallName",
  content: "args",
} as const;

export function start(stream: Stream, book: Book, arrival: Arrival): void {
  const { agent, event, scope, extra } = arrival;
  const known = book.store.find(agent, stream.kind, nameOf(event[stream.id]));
  if (!known) {
    begin(stream, book, arrival, true);
    return;
  }
  if (known.result === null && known.error === null) book.reopen(known, scope);
  // The call is sent again: its arguments follow.
  if (known.isOpen && known.areArgsComplete) {
    book.store.set(known, "args", "");
    known.areArgsComplete = false;
  }
  name(stream, known, arrival);
  book.describe(known, extra);
}

export function content(stream: Stream, book: Book, arrival: Arrival): void {
  const node = find(stream, book, arrival) ?? begin(stream, book, arrival, false);
  if (node.outcome === "unfinished" && node.result === null) book.reopen(node, arrival.scope);
  append(stream, book, node, arrival);
}

export function end(stream: Stream, book: Book, arrival: Arrival): void {
  const node = find(stream, book, arrival);
  if (!node) return;
  book.describe(node, arrival.extra);
  if (stream.kind !== "tool") book.end(node, outcomeOf(arrival.extra), arrival.time);
  else if (node.error !== null) book.end(node, null, arrival.time);
  else if (node.isOpen) book.startTool(node, arrival.time);
}

/** A piece that may begin a stream and has no end: its lane ends it. */
export function chunk(stream: Stream, book: Book, arrival: Arrival): void {
  const { event, owner, scope, time, agent } = arrival;
  const id = nameOf(event[stream.id]);
  let node = id === "" ? continued(stream, arrival) : book.store.find(agent, stream.kind, id);
  if (!node || !scope.isLane(node)) {
    book.endLanes(scope, owner, time);
    const hasStart = stream.kind === "tool" ? nameOf(event[stream.title]) !== "" : id !== "";
    node ??= begin(stream, book, arrival, hasStart);
    if (node.result === null && node.error === null) {
      book.reopen(node, scope);
      scope.setLane(owner, node);
    }
  }
  name(stream, node, arrival);
  append(stream, book, node, arrival);
}

/** The heading of reasoning that comes next. */
export function announceReasoning(_: Book, { event, owner, scope }: Arrival): void {
  const title = nameOf(event["title"]);
  if (title !== "" && scope.headings.size < MAX_HEADINGS) scope.headings.set(owner, title);
}

/** All reasoning of a sub-agent, or of the agent itself, has ended. */
export function endReasoning(book: Book, { owner, scope, time }: Arrival): void {
  scope.headings.delete(owner);
  for (const node of [...scope.open]) {
    if (node.kind === "reasoning" && (node.owner ?? "") === owner) book.end(node, null, time);
  }
}

function begin(stream: Stream, book: Book, arrival: Arrival, hasStart: boolean): TimelineNode {
  const { event, owner, scope } = arrival;
  const id = nameOf(event[stream.id]);
  const node = book.add(arrival, stream.kind, { id, hasStart, isOpen: true });
  if (stream.kind === "reasoning") {
    node.title = scope.headings.get(owner) ?? "";
    scope.headings.delete(owner);
  }
  name(stream, node, arrival);
  return node;
}

function append(
  stream: Stream,
  book: Book,
  node: TimelineNode,
  { event, time, extra }: Arrival,
): void {
  const delta = textOf(event["delta"]);
  book.store.append(node, stream.content, delta);
  if (delta !== "") book.write(node, time);
  book.describe(node, extra);
}

function name(stream: Stream, node: TimelineNode, { event }: Arrival): void {
  if (stream.title !== "") node.title = nameOf(event[stream.title]) || node.title;
  if (stream.kind === "message") node.role = nameOf(event["role"]) || node.role;
}

function find(stream: Stream, book: Book, { agent, event, owner, scope }: Arrival) {
  const id = nameOf(event[stream.id]);
  return id === "" ? scope.newest(stream.kind, owner) : book.store.find(agent, stream.kind, id);
}

/** The node that a chunk without an id continues. */
function continued(stream: Stream, { owner, scope }: Arrival): TimelineNode | undefined {
  const newest = scope.newest(stream.kind, owner);
  return scope.laneOf(stream.kind, owner) ?? (newest?.isOpen ? newest : undefined);
}
