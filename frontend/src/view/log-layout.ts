// Where the lines of the log are in the scrolled area, loaded or not.
//
// Theory of operation. A block is a stretch of the log with its height. Loaded lines have one row
// each. What is not loaded has a height for the number of lines that is expected there, so that the
// scroll bar shows the whole run. When a page is loaded the heights above the reader change: a
// `Place` names a line instead of a height, and finds it again.

import { rowsOf } from "../model/log.js";
import { isOfRun, type LogLine } from "../model/log-line.js";
import type { Section } from "./log-filter.js";

/** Pixels, the same as --rtw-row in the style sheet. */
export const ROW_HEIGHT = 18;

/** Pixels; browsers draw nothing beyond some 17 million. */
const MAX_HEIGHT = 16_000_000;

export interface Block extends Section {
  top: number;
  height: number;
}

export interface Layout {
  blocks: readonly Block[];
  height: number;
}

/** What is at a height of the area. */
export interface Place {
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
 * what is not there has one row, which says so.
 */
export function layOut(sections: readonly Section[], density: number, canLoad: boolean): Layout {
  let loaded = 0;
  let unloaded = 0;
  for (const { stretch, lines } of sections) {
    if (lines) loaded += lines.length * ROW_HEIGHT;
    else unloaded += rowsOf(stretch, density);
  }
  const room = Math.max(MAX_HEIGHT - loaded, 0);
  const unloadedRow = Math.min(ROW_HEIGHT, room / Math.max(unloaded, 1));
  let top = 0;
  const blocks = sections.map((section) => {
    const { stretch, lines } = section;
    const rows = rowsOf(stretch, density);
    const unloadedHeight = canLoad ? Math.max(rows * unloadedRow, 1) : ROW_HEIGHT;
    const block = { ...section, top, height: lines ? lines.length * ROW_HEIGHT : unloadedHeight };
    top += block.height;
    return block;
  });
  return { blocks, height: top };
}

/** The blocks that are in the area from `top` to `bottom`. */
export function blocksBetween({ blocks }: Layout, top: number, bottom: number): Block[] {
  return blocks.filter((block) => block.top < bottom && block.top + block.height > top);
}

/** The lines of a block from `top` to `bottom`, and the height of the first. */
export function linesBetween(
  block: Block,
  top: number,
  bottom: number,
): { lines: readonly LogLine[]; top: number } {
  const first = Math.max(Math.floor((top - block.top) / ROW_HEIGHT), 0);
  const end = Math.max(Math.ceil((bottom - block.top) / ROW_HEIGHT), 0);
  return { lines: block.lines?.slice(first, end) ?? [], top: block.top + first * ROW_HEIGHT };
}

/** What is at a height; null where there are no lines. */
export function placeAt({ blocks }: Layout, y: number): Place | null {
  const block = blocks.find(({ top, height }) => y < top + height) ?? blocks.at(-1);
  if (!block) return null;
  const { stretch, lines, top, height } = block;
  if (lines === null) {
    const seq = seqAt(block, y);
    return { seq, n: null, offset: y - top - height * shareBefore(stretch, seq) };
  }
  const row = Math.min(Math.max(Math.floor((y - top) / ROW_HEIGHT), 0), lines.length - 1);
  const line = lines[row];
  return line ? { seq: line.seq, n: line.n, offset: y - top - row * ROW_HEIGHT } : null;
}

/** The event at a height of a block that is not loaded. */
export function seqAt({ stretch, top, height }: Block, y: number): number {
  const { first, last } = stretch;
  const share = Math.min(Math.max((y - top) / height, 0), 1);
  return Math.min(first + Math.floor(share * (last - first + 1)), last);
}

/** The height of a place, which may have been loaded or forgotten since; null where it is gone. */
export function heightOf({ blocks }: Layout, place: Place): number | null {
  const { seq, offset } = place;
  const block = blocks.find(({ stretch }) => seq <= Math.max(stretch.last, stretch.first));
  if (!block) return null;
  const { stretch, lines, top, height } = block;
  if (lines === null) return top + height * shareBefore(stretch, seq) + offset;
  const same = lines.findIndex((line) => isAt(line, place));
  const row = same >= 0 ? same : lines.findIndex((line) => line.seq >= seq);
  return top + (row >= 0 ? row : lines.length) * ROW_HEIGHT + offset;
}

/** Whether a line is the one of a place. */
function isAt(line: LogLine, { seq, n, part }: Place): boolean {
  if (n !== null) return line.n === n;
  return line.seq === seq && line.part === part && isOfRun(line);
}

function shareBefore({ first, last }: Section["stretch"], seq: number): number {
  return (seq - first) / (last - first + 1);
}
