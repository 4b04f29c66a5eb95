// Tool calls in a row, which fold into one line when the turn is over.

import type { TimelineNode } from "../../model/timeline/node.js";
import { stateOf } from "../node-state.js";
import type { Branch } from "./tree.js";

/** Calls from which on they are a group. */
const MIN_CALLS = 3;

export interface Group {
  calls: readonly Branch[];
  failed: number;
  /** From the first call's start to the last one's end, in milliseconds; null if not known. */
  duration: number | null;
  /** Whether something follows it, or what it is a part of has ended. */
  isOver: boolean;
}

/** Put finished calls in a row together; `isOver`: nothing will follow the last part. */
export function groupCalls(parts: readonly Branch[], isOver: boolean): (Branch | Group)[] {
  const items: (Branch | Group)[] = [];
  let calls: Branch[] = [];
  const flush = (isFollowed: boolean) => {
    if (calls.length < MIN_CALLS) items.push(...calls);
    else items.push(groupOf(calls, isFollowed || isOver));
    calls = [];
  };
  for (const part of parts) {
    const last = calls.at(-1);
    if (last && !areAlike(last.node, part.node)) flush(true);
    if (isFinishedCall(part)) {
      calls.push(part);
      continue;
    }
    // A call that is under way will join the group.
    flush(part.node.kind !== "tool");
    items.push(part);
  }
  flush(false);
  return items;
}

export function isGroup(item: object): item is Group {
  return "calls" in item && Array.isArray(item.calls);
}

function isFinishedCall({ node, parts }: Branch): boolean {
  return node.kind === "tool" && !node.isOpen && parts.length === 0;
}

function areAlike(one: TimelineNode, other: TimelineNode): boolean {
  return one.agent === other.agent && one.owner === other.owner;
}

function groupOf(calls: readonly Branch[], isOver: boolean): Group {
  const failed = calls.filter(({ node }) => stateOf(node, false) === "failed").length;
  return { calls, failed, duration: spanOf(calls), isOver };
}

function spanOf(calls: readonly Branch[]): number | null {
  let from = Infinity;
  let to = -Infinity;
  for (const { node } of calls) {
    const began = node.argsEndedAt ?? node.startedAt;
    if (began === null || node.endedAt === null) return null;
    from = Math.min(from, began);
    to = Math.max(to, node.endedAt);
  }
  return Math.max(to - from, 0);
}
