// The rows of a waterfall: the nodes of a timeline that have a time, as a tree, each with the place
// of its bar.

import type { NodeKind, TimelineNode } from "../../model/timeline/node.js";
import { hasBody } from "../node-state.js";

/** Maximum indentation. */
const MAX_DEPTH = 12;

const KINDS = new Set<NodeKind>([
  "run",
  "step",
  "message",
  "reasoning",
  "tool",
  "subagent",
  "interrupt",
]);

export interface WaterfallRow {
  node: TimelineNode;
  depth: number;
  /** Whether its parts are shown; null where it has none. */
  isOpen: boolean | null;
  /** From the beginning of the first row to that of the bar, 0 to 1. */
  start: number;
  /** Of the bar, 0 to 1; null where its end is not known. */
  width: number | null;
}

export interface Span {
  from: number;
  to: number;
}

/** The nodes that have a beginning and, as in the timeline, something to show. */
export function spansOf(nodes: readonly TimelineNode[]): TimelineNode[] {
  return nodes.filter((node) => KINDS.has(node.kind) && node.startedAt !== null && hasBody(node));
}

/** The time from the first beginning to the last end, and to `now` where something is open. */
export function rangeOf(nodes: readonly TimelineNode[], now: number | null): Span {
  let from = Infinity;
  let to = -Infinity;
  for (const { startedAt, endedAt, isOpen } of nodes) {
    from = Math.min(from, startedAt ?? from);
    to = Math.max(to, endedAt ?? startedAt ?? to, isOpen && now !== null ? now : to);
  }
  return { from, to };
}

/** The rows from top to bottom; the parts of the nodes in `closed` are left out. */
export function waterfallRows(
  all: readonly TimelineNode[],
  closed: ReadonlySet<number>,
  now: number | null,
): WaterfallRow[] {
  const nodes = spansOf(all);
  const range = rangeOf(nodes, now);
  const length = Math.max(range.to - range.from, 1);
  const parts = partsOf(all, nodes);
  const rows: WaterfallRow[] = [];
  const add = (node: TimelineNode, depth: number) => {
    const below = parts.get(node.n) ?? [];
    const isOpen = below.length === 0 ? null : !closed.has(node.n);
    const began = node.startedAt ?? range.from;
    const start = (began - range.from) / length;
    const end = node.endedAt ?? (node.isOpen ? now : null);
    const width = end === null ? null : Math.max(end - began, 0) / length;
    rows.push({ node, depth: Math.min(depth, MAX_DEPTH), isOpen, start, width });
    if (isOpen) for (const part of below) add(part, depth + 1);
  };
  for (const node of parts.get(null) ?? []) add(node, 0);
  return rows;
}

/** The parts of each node; of null, the nodes that are a part of none. */
function partsOf(
  all: readonly TimelineNode[],
  nodes: readonly TimelineNode[],
): Map<number | null, TimelineNode[]> {
  const byNumber = new Map(all.map((node) => [node.n, node]));
  const rows = new Set(nodes.map(({ n }) => n));
  const parts = new Map<number | null, TimelineNode[]>();
  for (const node of nodes) {
    // Only an earlier node is taken for what is around it, so that there is no circle.
    let around = node.parent;
    while (around !== null && (!rows.has(around) || around >= node.n)) {
      const next: number | null = byNumber.get(around)?.parent ?? null;
      around = next !== null && next < around ? next : null;
    }
    const beside = parts.get(around);
    if (beside) beside.push(node);
    else parts.set(around, [node]);
  }
  return parts;
}
