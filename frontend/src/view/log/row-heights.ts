// The heights of the rows of the log: all the same, or those of wrapped lines.
//
// Theory of operation. A wrapped line has the height that the browser gives it, which is known once
// it was drawn. Until then its rows are estimated by its length. Sums of heights are kept for each
// list of lines, so that a place is found by a binary search. They are computed again where the list
// is drawn with other heights than they have.

import type { LogLine } from "../../model/log-line.js";
import { HEIGHT_ROUNDING } from "../rounding.js";

/** Pixels, the same as --rtw-row in the style sheet. */
export const ROW_HEIGHT = 18;

export interface RowHeights {
  /** The height of the first `count` lines, in pixels; it is the upper edge of the line after them. */
  heightOf(lines: readonly LogLine[], count: number): number;
  /** The index of the line at a height: that of the first or the last where it is beyond. */
  rowAt(lines: readonly LogLine[], y: number): number;
}

/** Every line has one row. */
export const EVEN_ROWS: RowHeights = {
  heightOf: (_, count) => count * ROW_HEIGHT,
  rowAt: ({ length }, y) => clamp(Math.floor(y / ROW_HEIGHT), length),
};

/** Lines that are wrapped after some columns. */
export class WrappedRows implements RowHeights {
  readonly #columns: number;
  readonly #measured = new WeakMap<LogLine, number>();
  /** For each list, the height of its first 0, 1, 2 ... lines. */
  readonly #sums = new WeakMap<readonly LogLine[], number[]>();

  constructor(columns: number) {
    this.#columns = Math.max(columns, 1);
  }

  heightOf(lines: readonly LogLine[], count: number): number {
    return this.#sumsOf(lines)[count] ?? 0;
  }

  rowAt(lines: readonly LogLine[], y: number): number {
    const sums = this.#sumsOf(lines);
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle + 1] ?? 0) > y) high = middle;
      else low = middle + 1;
    }
    return clamp(low, lines.length);
  }

  /** Lines of a list, from `first` on, were drawn with these heights; returns whether they differ. */
  measure(lines: readonly LogLine[], first: number, heights: readonly number[]): boolean {
    const sums = this.#sumsOf(lines);
    let isSame = true;
    heights.forEach((height, index) => {
      const row = first + index;
      const known = (sums[row + 1] ?? 0) - (sums[row] ?? 0);
      if (Math.abs(known - height) <= HEIGHT_ROUNDING) return;
      const line = lines[row];
      if (line) this.#measured.set(line, height);
      isSame = false;
    });
    if (!isSame) this.#sums.delete(lines);
    return !isSame;
  }

  #heightOf(line: LogLine): number {
    const rows = Math.max(Math.ceil(line.text.length / this.#columns), 1);
    return this.#measured.get(line) ?? rows * ROW_HEIGHT;
  }

  /** A list only grows, so its sums are extended. */
  #sumsOf(lines: readonly LogLine[]): readonly number[] {
    let sums = this.#sums.get(lines);
    if (!sums) {
      sums = [0];
      this.#sums.set(lines, sums);
    }
    for (let row = sums.length - 1; row < lines.length; row++) {
      const line = lines[row];
      sums.push((sums[row] ?? 0) + (line ? this.#heightOf(line) : 0));
    }
    return sums;
  }
}

function clamp(row: number, length: number): number {
  return Math.max(Math.min(row, length - 1), 0);
}
