// The open runs, steps, tools, sub-agents and interrupts of agents, in a bounded number.
//
// As `protocol/agents/nodes.py` has them; they are those of the state of a run.

import type { AgentWork, Node } from "../../protocol/messages.gen.js";

/** Open nodes that are kept; beyond it the oldest is dropped, and its end counts for nothing. */
const MAX_OPEN = 100;

/** Tool calls that have ended and are kept, as a later event may still report that they failed. */
const MAX_ENDED = 20;

type Nodes = AgentWork["nodes"];
type Kind = Node["kind"];

const PARENTS: readonly Kind[] = ["step", "tool", "subagent", "run"];

/** A number that no node had. */
export function nextNumber(nodes: Nodes): number {
  nodes.next_n += 1;
  return nodes.next_n - 1;
}

/** Keep a node; returns the open one that was dropped for it. */
export function keepNode(nodes: Nodes, node: Node): Node | undefined {
  nodes.kept.push(node);
  const oldest = nodes.kept.find(({ is_open }) => is_open);
  if (!oldest || nodes.kept.length - MAX_ENDED <= MAX_OPEN) return undefined;
  remove(nodes, oldest);
  return oldest;
}

/** A node has ended; of tools the newest are kept. */
export function endNode(nodes: Nodes, node: Node): void {
  node.is_open = false;
  node.has_lane = false;
  if (node.kind !== "tool") {
    remove(nodes, node);
    return;
  }
  const ended = nodes.kept.filter(({ is_open }) => !is_open);
  if (ended.length > MAX_ENDED) remove(nodes, ended[0]);
}

/** The node of a number. */
export function nodeAt({ kept }: Nodes, n: number | null): Node | undefined {
  return n === null ? undefined : kept.find((node) => node.n === n);
}

/** The newest node of an id. */
export function findNode({ kept }: Nodes, agent: string, kind: Kind, id: string): Node | undefined {
  if (id === "") return undefined;
  return kept.findLast((node) => node.id === id && node.kind === kind && node.agent === agent);
}

/** What the metadata of an event of this agent names; it may be of another agent. */
export function namedNode({ kept }: Nodes, agent: string, id: string): Node | undefined {
  if (id === "") return undefined;
  const order = ({ kind, agent: own, n }: Node) => [
    PARENTS.indexOf(kind),
    Number(own !== agent),
    -n,
  ];
  const same = kept.filter((node) => node.id === id && PARENTS.includes(node.kind));
  return same.toSorted((one, other) => compare(order(one), order(other)))[0];
}

/** The open nodes of an agent, the newest last. */
export function openOf({ kept }: Nodes, agent: string, kind: Kind): Node[] {
  return kept.filter((node) => node.is_open && node.kind === kind && node.agent === agent);
}

/** The nodes of an agent that chunks continue. */
export function lanesOf({ kept }: Nodes, agent: string): Node[] {
  return kept.filter((node) => node.has_lane && node.agent === agent);
}

/** The newest open node of an agent or of one of its sub-agents. */
export function newestOf(nodes: Nodes, agent: string, kind: Kind, owner: string): Node | undefined {
  return openOf(nodes, agent, kind).findLast((node) => node.owner === owner);
}

/** The open run of an agent, the newest, or else the only one of all agents. */
export function runOf(nodes: Nodes, agent: string): Node | undefined {
  const own = openOf(nodes, agent, "run").at(-1);
  if (own) return own;
  const runs = nodes.kept.filter(({ kind }) => kind === "run");
  return runs.length === 1 ? runs[0] : undefined;
}

/** What a node is a part of, from the inside out. */
export function ancestorsOf(nodes: Nodes, node: Node): Node[] {
  const above: Node[] = [];
  for (let next = nodeAt(nodes, node.parent); next; next = nodeAt(nodes, next.parent)) {
    above.push(next);
  }
  return above;
}

function remove(nodes: Nodes, node: Node | undefined): void {
  nodes.kept = nodes.kept.filter((one) => one !== node);
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return (one[at] ?? 0) - (other[at] ?? 0);
}
