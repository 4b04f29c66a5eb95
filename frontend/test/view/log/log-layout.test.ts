import { describe, expect, it } from "vitest";
import { LogBook } from "../../../src/model/log.js";
import { LogFilter } from "../../../src/view/log/log-filter.js";
import {
  anchorAt,
  blocksBetween,
  heightOf,
  type Layout,
  layOut,
  linesBetween,
  seqAt,
} from "../../../src/view/log/log-layout.js";
import { ROW_HEIGHT } from "../../../src/view/log/row-heights.js";

const ORIGIN = { kind: "log", level: "info", source: null, isStderr: false, time: null } as const;

/** A log of the events up to 30, of which the last ten are loaded, with a line each. */
function joined(first = 1): LogBook {
  const book = new LogBook();
  book.skip(first, 20);
  addTo(book, 21, 30);
  return book;
}

function addTo(book: LogBook, first: number, last: number): LogBook {
  for (let seq = first; seq <= last; seq++) {
    book.reach(seq);
    book.add(`line ${seq}`, { ...ORIGIN, level: seq === 29 ? "error" : "info" });
  }
  return book;
}

function layoutOf(book: LogBook, canLoad = true): Layout {
  return layOut(new LogFilter().update(book, "debug"), book.density, canLoad);
}

const rows = (count: number) => count * ROW_HEIGHT;

describe("the layout of a log", () => {
  it("has a row for each loaded line, and room for those that are not loaded", () => {
    const { blocks, height } = layoutOf(joined());

    expect(blocks.map(({ top, height: own }) => [top, own])).toEqual([
      [0, rows(20)],
      [rows(20), rows(10)],
    ]);
    expect(height).toBe(rows(30));
  });

  it("expects as many lines of an event as the loaded ones have", () => {
    const book = new LogBook();
    book.skip(1, 100);
    book.reach(101);
    book.add("a\nb\nc", ORIGIN);

    expect(layoutOf(book).height).toBe(rows(300 + 3));
  });

  it("has one row for lines that cannot be loaded", () => {
    expect(layoutOf(joined(), false).height).toBe(rows(1 + 10));
  });

  it("has a height that browsers can draw, for any number of events", () => {
    const book = new LogBook();
    book.skip(1, 9_007_199_254_740_000);
    addTo(book, 9_007_199_254_740_001, 9_007_199_254_740_010);

    expect(layoutOf(book).height).toBeLessThanOrEqual(16_000_000);
  });

  it("draws only the blocks and lines of an area", () => {
    const layout = layoutOf(joined());
    const [block] = blocksBetween(layout, rows(25), rows(27));

    expect(blocksBetween(layout, rows(25), rows(27))).toHaveLength(1);
    expect(block && linesBetween(block, rows(25), rows(27)).lines.map(({ seq }) => seq)).toEqual([
      26, 27,
    ]);
    expect(block && linesBetween(block, rows(25), rows(27)).top).toBe(rows(25));
  });

  it("knows the event at each height of what is not loaded", () => {
    const [block] = layoutOf(joined()).blocks;

    const seqs = [0, rows(1), rows(19.5), rows(20), -5].map((y) => block && seqAt(block, y));

    expect(seqs).toEqual([1, 2, 20, 20, 1]);
  });
});

describe("a place", () => {
  it("is the same line when older ones are loaded above it", () => {
    const book = joined();
    const place = anchorAt(layoutOf(book), rows(24) + 5);

    book.fill(
      11,
      20,
      addTo(new LogBook(), 11, 20).lines.flatMap((line) => [line, line]),
    );

    expect(place?.seq).toBe(25);
    expect(place && heightOf(layoutOf(book), place)).toBeCloseTo(
      (layoutOf(book).blocks.at(-1)?.top ?? 0) + rows(4) + 5,
    );
  });

  it("in what is not loaded is the line of its event when that is loaded", () => {
    const book = joined();
    const place = anchorAt(layoutOf(book), rows(14));

    book.fill(11, 20, addTo(new LogBook(), 11, 20).lines);

    expect(place).toMatchObject({ seq: 15, n: null });
    expect(place && heightOf(layoutOf(book), place)).toBeCloseTo(rows(14));
  });

  it("is near its event when its line is forgotten or filtered out", () => {
    const book = joined();
    const place = anchorAt(layoutOf(book), rows(24));
    const filtered = layOut(new LogFilter().update(book, "error"), book.density, true);

    expect(filtered.blocks.map(({ lines }) => lines?.map(({ seq }) => seq))).toEqual([[29]]);
    expect(place && heightOf(filtered, place)).toBe(0);
  });

  it("can be a line of a message, loaded or not", () => {
    const book = new LogBook();
    book.skip(1, 10);
    book.reach(11);
    book.add("a\nb\nc", ORIGIN);
    const at = (seq: number, part: number) =>
      heightOf(layoutOf(book), { seq, n: null, part, offset: 0 });

    expect(at(11, 2)).toBe(rows(30 + 2));
    expect(at(6, 2)).toBe(rows(15));
  });

  it("is not there in an empty log", () => {
    expect(anchorAt(layoutOf(new LogBook()), 0)).toBeNull();
  });
});
