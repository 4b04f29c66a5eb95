// Where the lines of the log are in the scrolled area, loaded or not.
//
// Theory of operation. A block is a stretch of the log with its height. Loaded lines have the heights
// of their rows (row-heights.ts). What is not loaded has a height for the number of lines that is expected there, so that the
// scroll bar shows the whole run. When a page is loaded the heights above the reader change: a
// `ScrollAnchor` names a line instead of a height, and finds it again.

import { rowsOf } from "../../model/log.js";
import { isOfRun, type LogLine } from "../../model/log-line.js";
import type { Section } from "./log-filter.js";
import { EVEN_ROWS, ROW_HEIGHT, type RowHeights } from "./row-heights.js";

/** Pixels; browsers draw nothing beyond some 17 million. */
const MAX_HEIGHT = 16_000_000;

export interface Block extends Section {
  top: number;
  height: number;
  /** The heights of its lines. */
  rows: RowHeights;
  /** The line above its first one; null where there is none, or it is not loaded. */
  above: LogLine | null;
}

export interface Layout {
  blocks: readonly Block[];
  height: number;
}

/** A line to which the reader is taken; another object each time. */
export interface Target {
  seq: number;
  part: number;
}

/** What is at a height of the area. */
export interface ScrollAnchor {
  seq: number;
  /** The line, or null where it is not loaded. */
  n: number | null;
  /** Where `n` is null: the line of the event's message; default the first. */
  part?: number;
  /** Pixels from its upper edge. */
  offset: number;
}

/**
 * Lay out the sections of a log, one below the other.
 *
 * `density` is the number of lines that an event is expected to have. Where nothing can be loaded,
 * what is not there has one row, with a text about it.
 */
export function layOut(
  sections: readonly Section[],
  density: number,
  canLoad: boolean,
  rows: RowHeights = EVEN_ROWS,
): Layout {
  const heightOfAll = (lines: readonly LogLine[]) => rows.heightOf(lines, lines.length);
  let loaded = 0;
  let unloaded = 0;
  for (const { stretch, lines } of sections) {
    if (lines) loaded += heightOfAll(lines);
    else unloaded += rowsOf(stretch, density);
  }
  const room = Math.max(MAX_HEIGHT - loaded, 0);
  const unloadedRow = Math.min(ROW_HEIGHT, room / Math.max(unloaded, 1));
  let top = 0;
  let above: LogLine | null = null;
  const blocks = sections.map((section) => {
    const { stretch, lines } = section;
    const unloadedHeight = canLoad
      ? Math.max(rowsOf(stretch, density) * unloadedRow, 1)
      : ROW_HEIGHT;
    const height = lines ? heightOfAll(lines) : unloadedHeight;
    const block = { ...section, top, height, rows, above };
    top += block.height;
    above = lines === null ? null : (lines.at(-1) ?? above);
    return block;
  });
  return { blocks, height: top };
}

/** The blocks that are in the area from `top` to `bottom`. */
export function blocksBetween({ blocks }: Layout, top: number, bottom: number): Block[] {
  return blocks.filter((block) => block.top < bottom && block.top + block.height > top);
}

/** Consecutive lines. */
interface Lines {
  lines: readonly LogLine[];
  /** The upper edge of the first. */
  top: number;
  /** The line above the first; null where there is none, or it is not loaded. */
  above: LogLine | null;
}

/** The lines of a block from `top` to `bottom`. */
export function linesBetween(block: Block, top: number, bottom: number): Lines {
  const { lines, rows, above } = block;
  if (lines === null) return { lines: [], top: block.top, above };
  const first = rows.rowAt(lines, top - block.top);
  const end = rows.rowAt(lines, bottom - block.top - 1) + 1;
  return {
    lines: lines.slice(first, end),
    top: block.top + rows.heightOf(lines, first),
    above: lines[first - 1] ?? above,
  };
}

/** What is at a height; null where there are no lines. */
export function anchorAt({ blocks }: Layout, y: number): ScrollAnchor | null {
  const block = blocks.find(({ top, height }) => y < top + height) ?? blocks.at(-1);
  if (!block) return null;
  const { stretch, lines, top, height, rows } = block;
  if (lines === null) {
    const seq = seqAt(block, y);
    return { seq, n: null, offset: y - top - height * shareBefore(stretch, seq) };
  }
  const row = rows.rowAt(lines, y - top);
  const line = lines[row];
  return line ? { seq: line.seq, n: line.n, offset: y - top - rows.heightOf(lines, row) } : null;
}

/** The event at a height of a block that is not loaded. */
export function seqAt({ stretch, top, height }: Block, y: number): number {
  const { first, last } = stretch;
  const share = Math.min(Math.max((y - top) / height, 0), 1);
  return Math.min(first + Math.floor(share * (last - first + 1)), last);
}

/** The height of an anchor, which may have been loaded or forgotten since; null where it is gone. */
export function heightOf({ blocks }: Layout, anchor: ScrollAnchor): number | null {
  const { seq, offset } = anchor;
  const block = blocks.find(({ stretch }) => seq <= Math.max(stretch.last, stretch.first));
  if (!block) return null;
  const { stretch, lines, top, height, rows } = block;
  if (lines === null) return top + height * shareBefore(stretch, seq) + offset;
  return top + rows.heightOf(lines, rowOf(lines, anchor)) + offset;
}

/** The index of the line of an anchor, or of the first of its event or after it where that is gone. */
function rowOf(lines: readonly LogLine[], anchor: ScrollAnchor): number {
  const first = firstOf(lines, anchor.seq);
  for (let row = first; lines[row]?.seq === anchor.seq; row++) {
    if (isAt(lines[row] as LogLine, anchor)) return row;
  }
  return first;
}

/** The heights of events, whose numbers are sorted. */
export function heightsOf({ blocks }: Layout, seqs: readonly number[]): number[] {
  let index = 0;
  return seqs.flatMap((seq) => {
    while ((blocks[index]?.stretch.last ?? seq) < seq) index += 1;
    const block = blocks[index];
    if (!block || seq < block.stretch.first) return [];
    const { stretch, lines, top, height, rows } = block;
    if (lines === null) return [top + height * shareBefore(stretch, seq)];
    return [top + rows.heightOf(lines, firstOf(lines, seq))];
  });
}

/** The index of the first line of an event, or of the one after where it has none. */
function firstOf(lines: readonly LogLine[], seq: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.seq ?? seq) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a line is that of an anchor. */
function isAt(line: LogLine, { seq, n, part }: ScrollAnchor): boolean {
  if (n !== null) return line.n === n;
  return line.seq === seq && line.part === part && isOfRun(line);
}

function shareBefore({ first, last }: Section["stretch"], seq: number): number {
  return (seq - first) / (last - first + 1);
}
