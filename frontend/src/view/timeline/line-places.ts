// Where lines of the log stand in the tree of a timeline: in the innermost branch that was open at
// their time.

import type { LogLine } from "../../model/log-line.js";
import type { Branch } from "./tree.js";

/** The lines of each branch, by time; those at the top are under null. */
export type Placed = ReadonlyMap<Branch | null, readonly LogLine[]>;

export function placeLines(tree: readonly Branch[], lines: readonly LogLine[]): Placed {
  const placed = new Map<Branch | null, LogLine[]>();
  for (const line of lines) {
    if (line.time === null) continue;
    const holder = holderAt(tree, line.time);
    const own = placed.get(holder);
    if (own) own.push(line);
    else placed.set(holder, [line]);
  }
  for (const own of placed.values()) own.sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
  return placed;
}

function holderAt(tree: readonly Branch[], time: number): Branch | null {
  let holder: Branch | null = null;
  for (let parts = tree; ; ) {
    const inner = parts.findLast((part) => contains(part, time));
    if (!inner) return holder;
    holder = inner;
    parts = inner.parts;
  }
}

function contains({ node, parts }: Branch, time: number): boolean {
  if (parts.length === 0 || node.time === null || node.time > time) return false;
  return node.isOpen || (node.endedAt !== null && node.endedAt >= time);
}
