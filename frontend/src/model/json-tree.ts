// A line of JSON as a tree of which some nodes are open, as rows. It is parsed when it is unfolded.

/** Most characters of a line that is parsed. */
const MAX_JSON = 65_536;

/** Characters before the JSON, such as a time and a level. */
const MAX_PREFIX = 80;

/** Levels that are open at first. */
const OPEN_LEVELS = 2;

/** Children of a node that are shown at first, and with each step. */
const CHILDREN = 100;

/** Most rows of a tree; what is beyond them is left out. */
const MAX_ROWS = 2_000;

/** The beginning of an object or array of JSON. */
const BEGIN = /\{\s*["}]|\[\s*[{["\d\-tfn\]]/g;

export interface JsonNode {
  /** The key or index; "" for the whole. */
  key: string;
  value: unknown;
  depth: number;
  isOpen: boolean;
  /** Number of children that are shown while it is open. */
  shown: number;
  /** Made when it is opened first. */
  children: JsonNode[] | null;
}

export interface JsonRow {
  node: JsonNode;
  /** Of the row that ends a node: the number of children that are not shown; else 0. */
  more: number;
}

/** Whether a line looks as if it were, or ended with, an object or array of JSON. */
export function looksLikeJson(text: string): boolean {
  if (text.length > MAX_JSON) return false;
  const end = text.trimEnd().at(-1);
  return (end === "}" || end === "]") && beginnings(text).length > 0;
}

/** A tree of the JSON in a line; null where there is none after all. */
export function parseTree(text: string): JsonTree | null {
  for (const begin of beginnings(text)) {
    try {
      const value: unknown = JSON.parse(text.slice(begin));
      if (isNested(value) && childCount(value) > 0) return new JsonTree(value);
    } catch {
      // The next bracket may begin it: "[INFO] {...}".
    }
  }
  return null;
}

export class JsonTree {
  readonly #root: JsonNode;

  constructor(value: object) {
    this.#root = nodeOf("", value, 0);
  }

  /** What is shown of it, from top to bottom; without a row for the whole, which is the line. */
  rows(): JsonRow[] {
    const rows: JsonRow[] = [];
    addChildren(rows, this.#root);
    return rows;
  }
}

/** Open a node, or close it. */
export function toggleNode(node: JsonNode): void {
  node.isOpen = !node.isOpen;
}

/** Show more children of a node. */
export function showMore(node: JsonNode): void {
  node.shown += CHILDREN;
}

/** Number of values in an object or array; 0 for other values. */
export function childCount(value: unknown): number {
  if (!isNested(value)) return 0;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function beginnings(text: string): number[] {
  return [...text.slice(0, MAX_PREFIX).matchAll(BEGIN)].map(({ index }) => index);
}

function nodeOf(key: string, value: unknown, depth: number): JsonNode {
  const isOpen = depth < OPEN_LEVELS && childCount(value) > 0;
  return { key, value, depth, isOpen, shown: CHILDREN, children: null };
}

function addRows(rows: JsonRow[], node: JsonNode): void {
  if (rows.length >= MAX_ROWS) return;
  rows.push({ node, more: 0 });
  if (node.isOpen) addChildren(rows, node);
}

function addChildren(rows: JsonRow[], node: JsonNode): void {
  node.children ??= Object.entries(node.value as object).map(([key, value]) =>
    nodeOf(key, value, node.depth + 1),
  );
  for (const child of node.children.slice(0, node.shown)) addRows(rows, child);
  const left = node.children.length - node.shown;
  if (left > 0 && rows.length < MAX_ROWS) rows.push({ node, more: left });
}
