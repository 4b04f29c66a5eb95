// How a node of the timeline is shown to stand, and in which words.

import type { TimelineNode } from "../model/timeline/node.js";

/**
 * `open`: it grows. `running`: a tool runs. `answered`: a tool call has a result, and nothing is
 * known of its success. `done`: it has ended, or a tool call has succeeded.
 */
export type NodeState =
  | "open"
  | "running"
  | "answered"
  | "done"
  | "failed"
  | "cancelled"
  | "suspended"
  | "unanswered"
  | "unfinished";

export const STATE_WORDS: Record<NodeState, string> = {
  open: "under way",
  running: "no result yet",
  answered: "answered",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
  suspended: "waits for an answer",
  unanswered: "no result",
  unfinished: "not finished",
};

/** The state of a node; in an attempt that has ended, open nodes are unfinished. */
export function stateOf(node: TimelineNode, isLive: boolean): NodeState {
  const { kind, error, outcome, isOpen, areArgsComplete, result } = node;
  const isTool = kind === "tool";
  if (error !== null) return "failed";
  if (isOpen && isLive) return isTool && areArgsComplete ? "running" : "open";
  if (isOpen) return isTool ? "unanswered" : "unfinished";
  switch (outcome) {
    case "cancelled":
    case "suspended":
    case "unanswered":
    case "unfinished":
      return outcome;
    case "interrupt":
      return "suspended";
    case "success":
      return "done";
    case null:
      return isTool ? (result === null ? "unanswered" : "answered") : "done";
  }
}

/** The role of a message; "" for the assistant. */
export function roleOf({ role }: TimelineNode): string {
  return role === "assistant" ? "" : role;
}

/** Whether there is content: some agents send an empty message before each tool call. */
export function hasBody({ kind, text, isOpen, isKept }: TimelineNode): boolean {
  return (kind !== "message" && kind !== "reasoning") || text !== "" || isOpen || !isKept;
}
