// The nodes that are kept, within bounds of their number and of the length of their texts.

import { showJson } from "../../protocol/messages.js";
import { jsonLength } from "./fields.js";
import type { NodeKind, Part, TimelineNode } from "./node.js";

/** Most nodes kept. */
export const MAX_NODES = 5_000;

/** How many of the oldest are removed when the bound is reached. */
const TRIM_NODES = 500;

/** Most characters of one text, arguments or result. */
export const MAX_TEXT = 200_000;

/** Most characters of all texts together, and how many are left when texts were removed. */
const MAX_TEXTS = 16_000_000;
const FEWER_TEXTS = 14_000_000;

export class NodeStore {
  nodes: TimelineNode[] = [];
  /** Number of the oldest nodes that were removed. */
  trimmed = 0;
  #end = 0;
  #byId = new Map<string, TimelineNode>();
  /** Characters of all texts. */
  #length = 0;

  /** The number of the next node. */
  get end(): number {
    return this.#end;
  }

  /** Add a node; returns the nodes that were removed for it. */
  add(node: TimelineNode): readonly TimelineNode[] {
    node.n = this.#end;
    this.#end += 1;
    this.nodes.push(node);
    this.#grow(lengthOf(node));
    if (node.id !== "") this.#byId.set(keyOf(node.agent, node.kind, node.id), node);
    if (this.nodes.length <= MAX_NODES) return [];
    const oldest = this.nodes.splice(0, TRIM_NODES);
    this.trimmed += oldest.length;
    for (const old of oldest) {
      this.#length -= lengthOf(old);
      const key = keyOf(old.agent, old.kind, old.id);
      if (this.#byId.get(key) === old) this.#byId.delete(key);
    }
    return oldest;
  }

  find(agent: string, kind: NodeKind, id: string): TimelineNode | undefined {
    return id === "" ? undefined : this.#byId.get(keyOf(agent, kind, id));
  }

  at(n: number | null): TimelineNode | undefined {
    return n === null ? undefined : this.nodes[n - (this.nodes[0]?.n ?? 0)];
  }

  /** From now on, events mean other nodes by these ids. */
  forgetIds(): void {
    this.#byId.clear();
  }

  /** Shift all numbers, of a timeline that continues another one. */
  renumber(shift: number): void {
    this.#end += shift;
    for (const node of this.nodes) {
      node.n += shift;
      if (node.parent !== null) node.parent += shift;
      if (node.run !== null) node.run += shift;
    }
  }

  append(node: TimelineNode, field: "text" | "args", delta: string): void {
    if (!node.isKept) return;
    const added = delta.slice(0, MAX_TEXT - node[field].length);
    if (added.length < delta.length) node.isCut = true;
    node[field] += added;
    this.#grow(added.length);
  }

  set(node: TimelineNode, field: "text" | "args", value: string): void {
    if (!node.isKept) return;
    this.#length -= node[field].length;
    node[field] = "";
    this.append(node, field, value);
  }

  setResult(node: TimelineNode, content: unknown): void {
    if (!node.isKept) return;
    this.#length -= resultLength(node);
    const parts = partsOf(content);
    if (parts !== null && jsonLength(parts) <= MAX_TEXT) node.result = parts;
    else {
      const text = typeof content === "string" ? content : showJson(content ?? null);
      if (text.length > MAX_TEXT) node.isCut = true;
      node.result = text.slice(0, MAX_TEXT);
    }
    this.#grow(resultLength(node));
  }

  /** Set the content of an activity; one that is too long is not kept. */
  setData(node: TimelineNode, data: unknown): void {
    const length = jsonLength(data);
    this.#length -= jsonLength(node.data);
    node.isCut = length > MAX_TEXT;
    node.data = node.isCut ? null : data;
    this.#grow(jsonLength(node.data));
  }

  #grow(length: number): void {
    this.#length += length;
    if (this.#length <= MAX_TEXTS) return;
    const closed = this.nodes.filter((node) => !node.isOpen);
    for (const node of [...closed, ...this.nodes]) {
      if (this.#length <= FEWER_TEXTS) return;
      this.#drop(node);
    }
  }

  #drop(node: TimelineNode): void {
    if (!node.isKept) return;
    this.#length -= lengthOf(node);
    node.text = "";
    node.args = "";
    node.result = node.result === null ? null : "";
    node.data = null;
    node.isKept = false;
    node.version += 1;
    this.#length += lengthOf(node);
  }
}

function keyOf(agent: string, kind: NodeKind, id: string): string {
  return `${kind}\n${agent}\n${id}`;
}

function lengthOf(node: TimelineNode): number {
  return node.text.length + node.args.length + resultLength(node) + jsonLength(node.data);
}

function resultLength({ result }: TimelineNode): number {
  if (result === null) return 0;
  return typeof result === "string" ? result.length : jsonLength(result);
}

function partsOf(content: unknown): readonly Part[] | null {
  const isPart = (value: unknown): value is Part =>
    typeof value === "object" && value !== null && typeof (value as Part).type === "string";
  return Array.isArray(content) && content.length > 0 && content.every(isPart) ? content : null;
}
