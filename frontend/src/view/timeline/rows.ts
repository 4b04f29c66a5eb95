// The rows of a timeline: its tree from top to bottom, with folded groups and lines of the log.

import type { LogLine } from "../../model/log-line.js";
import type { NodeKind, TimelineNode } from "../../model/timeline/node.js";
import { hasBody, roleOf } from "../node-state.js";
import type { Folds } from "./folds.js";
import { type Group, groupCalls, isGroup } from "./groups.js";
import { type Placed, placeLines } from "./line-places.js";
import { keyOfSubagent, type Speaker, speakerOf } from "./speaker.js";
import { type Branch, buildTree, flatTree } from "./tree.js";

/** Levels that are indented; deeper ones stand below each other. */
const MAX_DEPTH = 12;

/** The part of a row whose choice folds the rows below it. */
export const PARTS = "parts";

interface RowBase {
  key: string;
  depth: number;
  /** The heading above the row; null where the row before it has the same one. */
  heading: Speaker | null;
}

export type Row = RowBase &
  (
    | { kind: "node"; branch: Branch; isOpen: boolean; speaker: string }
    | { kind: "group"; group: Group; isOpen: boolean }
    | { kind: "log"; line: LogLine }
    | { kind: "lines"; lines: readonly LogLine[]; isOpen: boolean }
    | { kind: "end"; branch: Branch }
    | { kind: "working" }
  );

/** The node of a row, of a group its first one; null for a row without a node. */
export function nodeOf(row: Row): TimelineNode | null {
  if (row.kind === "node" || row.kind === "end") return row.branch.node;
  return row.kind === "group" ? (row.group.calls[0]?.node ?? null) : null;
}

interface Options {
  folds: Folds;
  /** Warnings and errors of the log. */
  lines: readonly LogLine[];
  /** Whether a node may still change. */
  isLive: (node: TimelineNode) => boolean;
  /** Whether only messages have rows, and what the agents thought, in the order in which they began. */
  isChat: boolean;
  /** Whether everything is unfolded, for printing. */
  isUnfolded: boolean;
}

const OF_CHAT = new Set<NodeKind>(["message", "reasoning", "question", "sent", "divider"]);

export function rowsOf(nodes: readonly TimelineNode[], options: Options): Row[] {
  return new Walk(nodes, options).rows;
}

/** What is drawn at one level, and how far it is. */
interface Level {
  items: readonly Item[];
  next: number;
  depth: number;
  /** The run that ends with this level. */
  run: Branch | null;
}

type Item = Branch | Group | LogLine | LogLine[];

/** Lines of the log in a row from which on they fold into one. */
const MIN_LINES = 4;

/** A walk through the tree, with its own stack, because a tree may be deeper than the engine's. */
class Walk {
  readonly rows: Row[] = [];
  readonly #options: Options;
  readonly #lines: Placed;
  readonly #owners = new Map<string, string>();
  readonly #newest: Branch | undefined;
  readonly #levels: Level[] = [];
  #speaker = "";
  /** The node whose speaker is `#speaker`; null where that is another row's. */
  #spoken: TimelineNode | null = null;

  constructor(nodes: readonly TimelineNode[], options: Options) {
    this.#options = options;
    for (const { kind, agent, id, title } of nodes) {
      if (kind === "subagent") this.#owners.set(`${agent}\n${id}`, title);
    }
    const { isChat, lines } = options;
    const tree = isChat
      ? flatTree(nodes.filter(({ kind }) => OF_CHAT.has(kind)))
      : buildTree(nodes);
    this.#lines = placeLines(tree, isChat ? [] : lines);
    this.#newest = newestCall(tree);
    this.#enter(tree, null, 0);
    for (let level = this.#levels.at(-1); level; level = this.#levels.at(-1)) this.#step(level);
    if (isWorking(nodes, options.isLive)) {
      this.rows.push({ kind: "working", key: "working", depth: 0, heading: null });
    }
  }

  #step(level: Level): void {
    const item = level.items[level.next];
    level.next += 1;
    if (!item) {
      this.#levels.pop();
      if (level.run) this.#end(level.run, level.depth);
    } else if (Array.isArray(item)) this.#addLines(item, level.depth);
    else if ("seq" in item) this.#addLine(item, level.depth);
    else if (isGroup(item)) this.#addGroup(item, level.depth);
    else this.#add(item, level.depth);
  }

  #enter(parts: readonly Branch[], parent: Branch | null, depth: number): void {
    const shown = parts.filter(({ node }) => node.kind === "run" || hasBody(node));
    const isOver = parent !== null && !(parent.node.isOpen && this.#options.isLive(parent.node));
    const lines = this.#lines.get(parent) ?? [];
    const items = withLines(groupCalls(shown, isOver || this.#isOver(shown)), lines);
    const run = parent?.node.kind === "run" ? parent : null;
    this.#levels.push({ items, next: 0, depth: Math.min(depth, MAX_DEPTH), run });
  }

  /** At the top, a group is over with its attempt. */
  #isOver(parts: readonly Branch[]): boolean {
    const last = parts.at(-1);
    return last !== undefined && !this.#options.isLive(last.node);
  }

  #add(branch: Branch, depth: number): void {
    const { node, parts } = branch;
    if (node.kind === "run" && node.parent === null) {
      this.#enter(parts, branch, depth);
      return;
    }
    const { folds, isUnfolded } = this.#options;
    const key = `n${node.n}`;
    const isOpen = isUnfolded || folds.isOpen(key, PARTS, true);
    const place = { key, depth, heading: this.#headingOf(node) };
    const speaker = this.#ownerOf(node) || node.agent;
    this.rows.push({ kind: "node", ...place, branch, isOpen, speaker });
    if (node.kind === "divider") this.#setSpeaker("");
    if (node.kind === "subagent") this.#setSpeaker(keyOfSubagent(node));
    if (parts.length > 0 && isOpen) this.#enter(parts, branch, depth + 1);
  }

  #addGroup(group: Group, depth: number): void {
    const [first] = group.calls;
    if (!first) return;
    const { folds, isUnfolded, isLive } = this.#options;
    const key = `g${first.node.n}`;
    const isNewest = group.calls.some((call) => call === this.#newest) && isLive(first.node);
    const isOpenByItself = group.failed > 0 || !group.isOver || isNewest;
    const isOpen = isUnfolded || folds.isOpen(key, PARTS, isOpenByItself);
    const heading = this.#headingOf(first.node);
    this.rows.push({ kind: "group", key, depth, heading, group, isOpen });
    for (const call of group.calls) {
      if (isOpen || call.node.error !== null) this.#add(call, Math.min(depth + 1, MAX_DEPTH));
    }
  }

  #addLine(line: LogLine, depth: number): void {
    this.rows.push({ kind: "log", key: `l${line.seq}`, depth, heading: null, line });
  }

  #addLines(lines: readonly LogLine[], depth: number): void {
    const { folds, isUnfolded } = this.#options;
    const key = `w${lines[0]?.seq}`;
    const isOpen = isUnfolded || folds.isOpen(key, PARTS, false);
    this.rows.push({ kind: "lines", key, depth, heading: null, lines, isOpen });
    if (!isOpen) return;
    for (const line of lines) this.#addLine(line, Math.min(depth + 1, MAX_DEPTH));
  }

  /** What a run of an agent ended with, below its last row. */
  #end(branch: Branch, depth: number): void {
    const { n, outcome, result } = branch.node;
    if (outcome !== "cancelled" && result === null) return;
    this.rows.push({ kind: "end", key: `e${n}`, depth, heading: null, branch });
  }

  /** The name of the sub-agent of a node; undefined for one of the agent itself. */
  #ownerOf({ agent, owner }: TimelineNode): string | undefined {
    if (this.#owners.size === 0) return undefined;
    return this.#owners.get(`${agent}\n${owner ?? ""}`);
  }

  #headingOf(node: TimelineNode): Speaker | null {
    // Most rows are calls of tools that follow each other.
    if (this.#spoken !== null && areSpokenAlike(this.#spoken, node)) return null;
    const speaker = speakerOf(node, this.#ownerOf(node));
    if (speaker === null) return null;
    const isSame = speaker.key === this.#speaker;
    this.#setSpeaker(speaker.key, node);
    return isSame ? null : speaker;
  }

  #setSpeaker(key: string, node: TimelineNode | null = null): void {
    this.#speaker = key;
    this.#spoken = node;
  }
}

/** Whether two nodes are calls of tools of the same agent and sub-agent. */
function areSpokenAlike(one: TimelineNode, other: TimelineNode): boolean {
  const areCalls = one.kind === "tool" && other.kind === "tool";
  return areCalls && one.agent === other.agent && one.owner === other.owner;
}

/** Put lines behind the items that began before them; many in a row are one item. */
function withLines(items: readonly (Branch | Group)[], lines: readonly LogLine[]): readonly Item[] {
  if (lines.length === 0) return items;
  const merged: Item[] = [];
  let next = 0;
  const addBefore = (time: number) => {
    const end = lines.findIndex((line, index) => index >= next && (line.time ?? 0) >= time);
    const taken = lines.slice(next, end < 0 ? lines.length : end);
    next += taken.length;
    if (taken.length < MIN_LINES) merged.push(...taken);
    else merged.push(taken);
  };
  for (const item of items) {
    addBefore((isGroup(item) ? item.calls[0]?.node : item.node)?.time ?? 0);
    merged.push(item);
  }
  addBefore(Infinity);
  return merged;
}

function newestCall(tree: readonly Branch[]): Branch | undefined {
  let newest: Branch | undefined;
  const left = [...tree];
  for (let branch = left.pop(); branch; branch = left.pop()) {
    const { node, parts } = branch;
    if (node.kind === "tool" && !node.isOpen && node.n > (newest?.node.n ?? -1)) newest = branch;
    for (const part of parts) left.push(part);
  }
  return newest;
}

/** Whether a run of an agent is open, and nothing in it that shows it. */
function isWorking(
  nodes: readonly TimelineNode[],
  isLive: (node: TimelineNode) => boolean,
): boolean {
  const open = nodes.filter((node) => node.isOpen && isLive(node));
  return open.length > 0 && open.every(({ kind }) => kind === "run");
}

/** Whether a row is of the user or an assistant, and its text is Markdown. */
export function isMarkdown(node: TimelineNode): boolean {
  return node.kind === "reasoning" || ["", "user"].includes(roleOf(node));
}
