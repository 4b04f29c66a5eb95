import { describe, expect, it } from "vitest";
import { LogBook } from "../../../src/model/log.js";
import type { Level } from "../../../src/protocol/messages.js";
import { type LogChoice, LogFilter } from "../../../src/view/log/log-filter.js";

/** The lines that a filter shows. */
function shownBy(filter: LogFilter, book: LogBook, choice: LogChoice): string[] {
  return filter
    .update(book, choice)
    .flatMap(({ lines }) => lines ?? [])
    .map(({ text }) => text);
}

function add(book: LogBook, text: string, level: Level = "info"): void {
  book.add(text, { kind: "log", level, source: null, isStderr: false, time: null });
}

describe("the filter", () => {
  it("without a choice shows every stretch of the log, loaded or not", () => {
    const book = new LogBook();
    book.skip(1, 10);
    book.reach(11);
    add(book, "a");

    const sections = new LogFilter().update(book, "debug");

    expect(sections.map(({ lines }) => lines?.length ?? null)).toEqual([null, 1]);
  });

  it("scans new lines only", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    add(book, "match 1", "error");
    const [before] = filter.update(book, "warning");
    add(book, "other");
    add(book, "match 2", "warning");

    const [after] = filter.update(book, "warning");

    expect(after?.lines).toBe(before?.lines);
    expect(after?.lines?.map(({ text }) => text)).toEqual(["match 1", "match 2"]);
  });

  it("finds lines that were loaded later, in their place", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    book.skip(1, 10);
    book.reach(11);
    add(book, "match 2", "error");
    filter.update(book, "error");
    const older = new LogBook();
    older.reach(5);
    add(older, "match 1", "error");

    book.fill(1, 10, older.lines);

    expect(shownBy(filter, book, "error")).toEqual(["match 1", "match 2"]);
  });

  it("starts again with another choice, and with another log", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    add(book, "one", "error");
    add(book, "two");
    filter.update(book, "info");

    expect(shownBy(filter, book, "warning")).toEqual(["one"]);
    expect(shownBy(filter, new LogBook(), "warning")).toEqual([]);
  });

  it("shows the lines of a range of events only, also those that come later", () => {
    const book = new LogBook();
    book.skip(1, 10);
    for (const seq of [11, 12, 13]) {
      book.reach(seq);
      add(book, `line ${seq}`, seq === 12 ? "error" : "info");
    }
    const shown = (first: number, last: number, choice: LogChoice = "debug") =>
      new LogFilter()
        .update(book, choice, null, { first, last })
        .map(
          ({ stretch, lines }) => lines?.map(({ text }) => text) ?? [stretch.first, stretch.last],
        );

    expect(shown(1, 11)).toEqual([[1, 10], ["line 11"]]);
    expect(shown(5, 10)).toEqual([[5, 10]]);
    expect(shown(12, Infinity)).toEqual([["line 12", "line 13"]]);
    expect(shown(11, Infinity, "error")).toEqual([["line 12"]]);
    expect(shown(20, 30)).toEqual([]);
  });

  it("never hides notices and dividers", () => {
    const book = new LogBook();
    add(book, "one");
    for (const kind of ["notice", "divider", "note"] as const) {
      book.add(kind, { kind, level: "info", source: null, isStderr: false, time: null });
    }

    const shown = (choice: LogChoice) => shownBy(new LogFilter(), book, choice);

    expect(shown("error")).toEqual(["notice", "divider"]);
    expect(shown("remarks")).toEqual(["notice", "divider", "note"]);
  });

  it("shows no lines that the log has forgotten", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    for (let n = 0; n < 1_000; n++) {
      book.reach(n + 1);
      add(book, "x\n".repeat(250), "error");
      filter.update(book, "error");
    }

    expect(book.isWhole).toBe(false);
    expect(shownBy(filter, book, "error")).toHaveLength(book.loaded);
  });
});
