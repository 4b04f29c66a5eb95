// Heights of the rows of a timeline: measured ones, and estimates for those that were never drawn.

import { HEIGHT_ROUNDING } from "../rounding.js";
import type { Row } from "./rows.js";

/** Pixels: a line of text, a card of one line, a heading. */
const LINE = 20;
const CARD = 34;
const HEADING = 32;

/** Columns of a view of medium width. */
const COLUMNS = 90;

/** Most lines that are estimated of a text. */
const MAX_LINES = 300;

/** Measured heights that are kept beyond those of the rows. */
const SPARE = 1_000;

export class MeasuredHeights {
  #measured = new Map<string, number>();
  /** Whether heights have changed since `#edges` were computed for `#rows`. */
  #hasChanged = false;
  #rows: readonly Row[] = [];
  #edges: readonly number[] = [0];

  /** The upper edge of each row in pixels, and the height of all as the last number. */
  edges(rows: readonly Row[]): readonly number[] {
    if (rows === this.#rows && !this.#hasChanged) return this.#edges;
    if (this.#measured.size > rows.length + SPARE) this.#prune(rows);
    const edges = [0];
    let top = 0;
    for (const row of rows) {
      top += this.#measured.get(row.key) ?? estimate(row);
      edges.push(top);
    }
    this.#rows = rows;
    this.#edges = edges;
    this.#hasChanged = false;
    return edges;
  }

  /** The height of a drawn row; returns whether it differs from what was known. */
  measure(row: Row, height: number): boolean {
    const known = this.#measured.get(row.key) ?? estimate(row);
    this.#measured.set(row.key, height);
    if (known !== height) this.#hasChanged = true;
    return Math.abs(known - height) > HEIGHT_ROUNDING;
  }

  #prune(rows: readonly Row[]): void {
    const old = this.#measured;
    this.#measured = new Map();
    for (const { key } of rows) {
      const height = old.get(key);
      if (height !== undefined) this.#measured.set(key, height);
    }
  }
}

/** The index of the row at a height; that of the first or the last where it is beyond. */
export function rowAt(edges: readonly number[], y: number): number {
  let low = 0;
  let high = Math.max(edges.length - 2, 0);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((edges[middle] ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

function estimate(row: Row): number {
  const heading = row.heading === null ? 0 : HEADING;
  if (row.kind !== "node") return heading + CARD;
  const { kind, text } = row.branch.node;
  if (kind !== "message") return heading + CARD;
  return heading + Math.min(Math.ceil(text.length / COLUMNS) + 1, MAX_LINES) * LINE;
}
