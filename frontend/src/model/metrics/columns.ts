// Reads the columns of an event `metrics`, also in their shorter forms (protocol 4.6).
//
// `protocol/metrics/columns.py` has the same rules, and tests/vectors/columns.json holds both to them.

import type { Metrics, PackedBits, PackedNumbers, Ranges } from "../../protocol/messages.gen.js";

/** Of browsers and of Node. */
declare function atob(base64: string): string;

/** Most rows of an event; what a server has not checked may have more. */
const MAX_ROWS = 500;

/** Bytes of a number in IEEE 754. */
const DOUBLE = 8;

/** Bits of half a number. */
const HALF = 32;

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
  return isInBits(column) ? unpackedBits(column) : unpacked(column);
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

/** Adds each distance to the least integer, and moves the lowest bit, the sign, to the top. */
function unpackedBits({ least, bits, packed }: PackedBits): number[] {
  const bytes = atob(packed);
  const view = new DataView(new ArrayBuffer(DOUBLE));
  const [leastHigh, leastLow] = [least.slice(0, 8), least.slice(8)].map(hex) as [number, number];
  const numbers: number[] = [];
  const end = Math.min(bytes.length * 8, MAX_ROWS * bits);
  for (let at = 0; at + bits <= end; at += bits) {
    const sum = leastLow + bitsAt(bytes, at + bits - HALF, HALF);
    const low = sum % 2 ** HALF;
    const high = leastHigh + bitsAt(bytes, at, bits - HALF) + Math.floor(sum / 2 ** HALF);
    view.setUint32(0, (high >>> 1) | (low << (HALF - 1)));
    view.setUint32(HALF / 8, (low >>> 1) | (high << (HALF - 1)));
    numbers.push(view.getFloat64(0));
  }
  return numbers;
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

function isInBits(column: PackedNumbers | PackedBits): column is PackedBits {
  return "least" in column;
}

function isRanges(column: readonly number[] | Ranges): column is Ranges {
  return "ranges" in column;
}
