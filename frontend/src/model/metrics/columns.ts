// Reads the columns of an event `metrics`, also in their shorter forms (protocol 4.6).
//
// `protocol/metrics/columns.py` has the same rules, and tests/vectors/columns.json holds both to them.

import type {
  Metrics,
  PackedByExponent,
  PackedNumbers,
  Ranges,
} from "../../protocol/messages.gen.js";

/** Of browsers and of Node. */
declare function atob(base64: string): string;

/** Most rows of an event; what a server has not checked may have more. */
const MAX_ROWS = 500;

/** Bytes of a number in IEEE 754. */
const DOUBLE = 8;

/** Its bits after the sign and the exponent, and those of its lower half. */
const [FRACTION, HALF] = [52, 32];

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
  if (!("packed" in column)) return column;
  return isByExponent(column) ? unpackedByExponent(column) : unpacked(column);
}

function unpacked({ head, width, packed }: PackedNumbers): number[] {
  const bytes = atob(packed);
  const view = new DataView(new ArrayBuffer(DOUBLE));
  const first = head.length / 2;
  for (let place = 0; place < first; place += 1) {
    view.setUint8(place, hex(head.slice(2 * place, 2 * place + 2)));
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

/** The last 52 bits of each number, and then the index of the sign and exponent of each. */
function unpackedByExponent({ exponents, packed }: PackedByExponent): number[] {
  const bytes = atob(packed);
  const view = new DataView(new ArrayBuffer(DOUBLE));
  const firsts = (exponents.match(/.{3}/g) ?? []).map(hex);
  const indexed = Math.ceil(Math.log2(firsts.length));
  const count = Math.floor((bytes.length * 8) / (FRACTION + indexed));
  return Array.from({ length: Math.min(count, MAX_ROWS) }, (_, row) => {
    const first = firsts[bitsAt(bytes, count * FRACTION + row * indexed, indexed)] ?? 0;
    const upper = bitsAt(bytes, row * FRACTION, FRACTION - HALF);
    view.setUint32(0, first * 2 ** (FRACTION - HALF) + upper);
    view.setUint32(HALF / 8, bitsAt(bytes, (row + 1) * FRACTION - HALF, HALF));
    return view.getFloat64(0);
  });
}

/** At most 32 bits as an integer, which 64 of them are not in JavaScript. */
function bitsAt(bytes: string, first: number, count: number): number {
  let value = 0;
  const end = first + count;
  for (let at = first; at < end; ) {
    const left = 8 - (at % 8);
    const taken = Math.min(left, end - at);
    const byte = bytes.charCodeAt(at >> 3) & (2 ** left - 1);
    value = value * 2 ** taken + (byte >> (left - taken));
    at += taken;
  }
  return value;
}

function hex(digits: string): number {
  return Number.parseInt(digits, 16);
}

function isByExponent(column: PackedNumbers | PackedByExponent): column is PackedByExponent {
  return "exponents" in column;
}

function isRanges(column: readonly number[] | Ranges): column is Ranges {
  return "ranges" in column;
}
