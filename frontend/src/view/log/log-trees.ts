// The lines of JSON that are unfolded, and the rows of their trees as lines of the log.

import {
  childCount,
  type JsonNode,
  type JsonRow,
  type JsonTree,
  parseTree,
  showMore,
  toggleNode,
} from "../../model/json-tree.js";
import type { LinePoint } from "../../model/line-range.js";
import type { Stretch } from "../../model/log.js";
import type { LogLine } from "../../model/log-line.js";

/** Most trees that are open; the one that was opened first is closed. */
const MAX_TREES = 100;

const NO_ORIGIN = { source: null, isStderr: false, time: null, text: "", segments: null };

interface OpenTree {
  seq: number;
  tree: JsonTree;
  lines: LogLine[];
}

export class OpenTrees {
  /** By the place of the line, which may be loaded again as another object. */
  #trees = new Map<string, OpenTree>();
  #rows = new WeakMap<LogLine, { row: JsonRow; open: OpenTree }>();
  #lines = new WeakMap<JsonNode, LogLine>();
  /** Grows whenever a row comes or goes. */
  version = 0;
  /** Lines of the log have numbers above 0. */
  #lowest = 0;

  has(line: LogLine): boolean {
    return this.#trees.has(keyOf(line));
  }

  rowOf(line: LogLine): JsonRow | null {
    return this.#rows.get(line)?.row ?? null;
  }

  /** Whether a line of a stretch is unfolded. */
  areIn({ first, last }: Stretch): boolean {
    for (const { seq } of this.#trees.values()) if (first <= seq && seq <= last) return true;
    return false;
  }

  /** A line, and the rows of its tree below it. */
  withRows(line: LogLine): LogLine[] {
    const open = line.kind === "log" ? this.#trees.get(keyOf(line)) : undefined;
    return open ? [line, ...open.lines] : [line];
  }

  /** Unfold a line or a row of a tree, or fold it; false for a line that is no JSON. */
  toggle(line: LogLine): boolean {
    this.version += 1;
    const known = this.#rows.get(line);
    if (known) {
      const { row, open } = known;
      if (row.more > 0) showMore(row.node);
      else if (childCount(row.node.value) > 0) toggleNode(row.node);
      open.lines = this.#draw(open, line);
      return true;
    }
    const key = keyOf(line);
    if (this.#trees.delete(key)) return true;
    const tree = parseTree(line.text);
    if (!tree) return false;
    const open: OpenTree = { seq: line.seq, tree, lines: [] };
    open.lines = this.#draw(open, line);
    this.#trees.set(key, open);
    const [oldest] = this.#trees.keys();
    if (this.#trees.size > MAX_TREES && oldest !== undefined) this.#trees.delete(oldest);
    return true;
  }

  #draw(open: OpenTree, place: LinePoint): LogLine[] {
    return open.tree.rows().map((row) => {
      // A node keeps its line, and with it the focus; the number of what is not shown changes.
      const line = (row.more === 0 && this.#lines.get(row.node)) || this.#newLine(place);
      if (row.more === 0) this.#lines.set(row.node, line);
      this.#rows.set(line, { row, open });
      return line;
    });
  }

  #newLine({ seq, part }: LinePoint): LogLine {
    this.#lowest -= 1;
    const place = { n: this.#lowest, seq, part };
    return { ...place, kind: "tree", level: "info", ...NO_ORIGIN };
  }
}

function keyOf({ seq, part }: LinePoint): string {
  return `${seq}.${part}`;
}
