import { describe, expect, it } from "vitest";
import { LogBook } from "../../../src/model/log.js";
import { LogFilter } from "../../../src/view/log/log-filter.js";
import {
  anchorAt,
  heightOf,
  heightsOf,
  layOut,
  linesBetween,
} from "../../../src/view/log/log-layout.js";
import { ROW_HEIGHT, WrappedRows } from "../../../src/view/log/row-heights.js";

const ORIGIN = { kind: "log", level: "info", source: null, isStderr: false, time: null } as const;

/** A log of lines with these lengths, the events 1, 2, 3 ... */
function bookOf(...lengths: number[]): LogBook {
  const book = new LogBook();
  lengths.forEach((length, index) => {
    book.reach(index + 1);
    book.add("x".repeat(length), ORIGIN);
  });
  return book;
}

const layoutOf = (book: LogBook, rows: WrappedRows) =>
  layOut(new LogFilter().update(book, "debug"), 1, true, rows);

const rows = (count: number) => count * ROW_HEIGHT;

describe("the height of a wrapped line", () => {
  it("is estimated by its length until it is measured", () => {
    const heights = new WrappedRows(10);
    const lines = bookOf(5, 10, 11, 0).lines;

    expect([1, 2, 3, 4].map((count) => heights.heightOf(lines, count))).toEqual([
      rows(1),
      rows(2),
      rows(4),
      rows(5),
    ]);
    expect(heights.measure(lines, 0, [rows(3), rows(1)])).toBe(true);
    expect(heights.heightOf(lines, 4)).toBe(rows(7));
    expect(heights.measure(lines, 0, [rows(3) + 0.2, rows(1)])).toBe(false);
  });

  it("counts in another list of the same lines when that is drawn", () => {
    const heights = new WrappedRows(10);
    const book = bookOf(5, 25);
    const others = book.lines;
    heights.heightOf(others, 2);
    heights.measure(book.lines, 0, [rows(3)]);

    expect(heights.measure(others, 0, [rows(3), rows(3)])).toBe(true);
    expect(heights.heightOf(others, 2)).toBe(rows(6));
  });

  it("counts where the line is added later", () => {
    const heights = new WrappedRows(10);
    const book = bookOf(5);
    expect(layoutOf(book, heights).height).toBe(rows(1));

    book.add("x".repeat(25), ORIGIN);

    expect(layoutOf(book, heights).height).toBe(rows(4));
  });

  it("leads to the line at each height", () => {
    const heights = new WrappedRows(10);
    const lines = bookOf(5, 25, 5).lines;

    const found = [-9, 0, rows(1) - 1, rows(1), rows(4) - 1, rows(4), rows(99)];

    expect(found.map((y) => heights.rowAt(lines, y))).toEqual([0, 0, 0, 1, 1, 2, 2]);
  });
});

describe("the layout of wrapped lines", () => {
  it("draws those that are in the area, each at its height", () => {
    const layout = layoutOf(bookOf(5, 25, 5, 5), new WrappedRows(10));
    const [block] = layout.blocks;

    const drawn = block && linesBetween(block, rows(2), rows(5));

    expect(drawn?.lines.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(drawn?.top).toBe(rows(1));
    expect(drawn?.above?.seq).toBe(1);
  });

  it("keeps a place within a line when a line above it is measured", () => {
    const heights = new WrappedRows(10);
    const book = bookOf(5, 25, 5);
    const place = anchorAt(layoutOf(book, heights), rows(2));

    heights.measure(book.stretches[0]?.lines ?? [], 0, [rows(4)]);

    expect(place).toMatchObject({ seq: 2, offset: rows(1) });
    expect(place && heightOf(layoutOf(book, heights), place)).toBe(rows(5));
  });

  it("knows the heights of many events at once, loaded or not", () => {
    const book = new LogBook();
    book.skip(1, 10);
    for (const seq of [11, 12, 13]) {
      book.reach(seq);
      book.add(seq === 12 ? "a\nb" : "a", ORIGIN);
    }

    expect(heightsOf(layoutOf(book, new WrappedRows(10)), [1, 6, 11, 13, 99])).toEqual([
      0,
      rows(5),
      rows(10),
      rows(13),
    ]);
  });
});
