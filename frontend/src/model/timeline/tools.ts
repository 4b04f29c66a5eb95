// Results of tool calls.

import type { Arrival, Book } from "./book.js";
import { outcomeOf, readError } from "./extra.js";
import { nameOf } from "./fields.js";

export function toolResult(book: Book, arrival: Arrival): void {
  const { event } = arrival;
  answerTool(book, arrival, event["toolCallId"], event["content"], event["error"]);
}

/**
 * Apply a result. A call has failed where it has an error, and has succeeded only where the
 * publisher stated that there is none.
 */
export function answerTool(
  book: Book,
  arrival: Arrival,
  toolCallId: unknown,
  content: unknown,
  error: unknown,
): void {
  const { agent, owner, extra, time, scope } = arrival;
  const id = nameOf(toolCallId);
  const known = id === "" ? scope.newest("tool", owner) : book.store.find(agent, "tool", id);
  const node = known ?? book.add(arrival, "tool", { id, hasStart: false });
  const hadResult = known !== undefined && node.result !== null;
  book.store.setResult(node, content);
  book.describe(node, extra);
  const message = typeof error === "string" ? readError(error) : null;
  if (typeof message === "string") node.error = message;
  // A result that is repeated, such as by a snapshot, does not change when the call ended.
  if (hadResult && !node.isOpen) node.outcome = node.error === null ? node.outcome : null;
  else book.end(node, outcomeOf(extra), arrival.type === "" ? null : time);
}
