// Reads the columns of an event `metrics`, also in their shorter forms (protocol 4.6).
//
// `protocol/metrics/columns.py` has the same rules, and tests/vectors/columns.json holds both to them.

import type { Metrics, PackedNumbers, Ranges } from "../../protocol/messages.gen.js";

/** Of browsers and of Node. */
declare function atob(base64: string): string;

/** Most rows of an event; what a server has not checked may have more. */
const MAX_ROWS = 500;

/** Bytes of a number in IEEE 754. */
const DOUBLE = 8;

export type Column = readonly (number | string | null)[];

export function numbersOf(column: readonly number[] | Ranges): readonly number[] {
  if (!isRanges(column)) return column;
  const numbers: number[] = [];
  for (const [start = 0, distance = 0, count = 0] of column.ranges) {
    for (let index = 0; index < count && numbers.length < MAX_ROWS; index += 1) {
      numbers.push(start + distance * index);
    }
  }
  return numbers;
}

export function valuesOf(column: Metrics["values"][string]): Column {
  return isPacked(column) ? unpacked(column) : column;
}

function unpacked({ head, width, packed }: PackedNumbers): number[] {
  const bytes = atob(packed);
  const view = new DataView(new ArrayBuffer(DOUBLE));
  const first = head.length / 2;
  for (let place = 0; place < first; place += 1) {
    view.setUint8(place, Number.parseInt(head.slice(2 * place, 2 * place + 2), 16));
  }
  const numbers: number[] = [];
  for (let at = 0; at < bytes.length && numbers.length < MAX_ROWS; at += width) {
    for (let place = 0; place < width; place += 1) {
      view.setUint8(first + place, bytes.charCodeAt(at + place));
    }
    numbers.push(view.getFloat64(0));
  }
  return numbers;
}

function isRanges(column: readonly number[] | Ranges): column is Ranges {
  return "ranges" in column;
}

function isPacked(column: Metrics["values"][string]): column is PackedNumbers {
  return "packed" in column;
}
