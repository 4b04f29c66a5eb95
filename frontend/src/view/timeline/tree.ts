// The nodes of a timeline as a tree, with what the parts of each branch amount to.

import type { TimelineNode } from "../../model/timeline/node.js";

/** Tokens of model calls; null where none is known. */
export interface Tokens {
  input: number | null;
  output: number | null;
}

/** A node and its parts. */
export interface Branch {
  node: TimelineNode;
  parts: Branch[];
  /** Tool calls in it, without itself, and how many of them failed. */
  calls: number;
  failed: number;
  /** Tokens of its parts or, where these have none, its own. */
  tokens: Tokens;
  /** When the newest event of it or of a part came, in milliseconds since 1970. */
  lastAt: number | null;
}

/** The branches without a parent, in the order in which they began. */
export function buildTree(nodes: readonly TimelineNode[]): Branch[] {
  const all = nodes.map(branchOf);
  const first = nodes[0]?.n ?? 0;
  const parentOf = ({ node: { n, parent } }: Branch) =>
    parent === null || parent >= n ? undefined : all[parent - first];
  const roots: Branch[] = [];
  for (const branch of all) (parentOf(branch)?.parts ?? roots).push(branch);
  // Parts come behind what they are a part of, so that each is complete when it is added.
  for (const branch of all.toReversed()) {
    branch.tokens = hasTokens(branch.tokens) ? branch.tokens : tokensOf(branch.node);
    const parent = parentOf(branch);
    if (parent) addPart(parent, branch);
  }
  return roots;
}

/** Nodes beside each other, each without its parts. */
export function flatTree(nodes: readonly TimelineNode[]): Branch[] {
  return nodes.map((node) => ({ ...branchOf(node), tokens: tokensOf(node) }));
}

export function hasTokens({ input, output }: Tokens): boolean {
  return input !== null || output !== null;
}

function branchOf(node: TimelineNode): Branch {
  const tokens = { input: null, output: null };
  return { node, parts: [], calls: 0, failed: 0, tokens, lastAt: node.lastAt };
}

function addPart(parent: Branch, part: Branch): void {
  const isCall = part.node.kind === "tool";
  parent.calls += part.calls + (isCall ? 1 : 0);
  parent.failed += part.failed + (isCall && part.node.error !== null ? 1 : 0);
  parent.tokens = {
    input: sum(parent.tokens.input, part.tokens.input),
    output: sum(parent.tokens.output, part.tokens.output),
  };
  if (part.lastAt !== null) parent.lastAt = Math.max(parent.lastAt ?? 0, part.lastAt);
}

function tokensOf({ usage }: TimelineNode): Tokens {
  let input: number | null = null;
  let output: number | null = null;
  for (const { inputTokens, outputTokens } of usage) {
    input = sum(input, inputTokens ?? null);
    output = sum(output, outputTokens ?? null);
  }
  return { input, output };
}

function sum(one: number | null, other: number | null): number | null {
  return one === null ? other : one + (other ?? 0);
}
