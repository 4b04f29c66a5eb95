import { describe, expect, it } from "vitest";
import { LogBook } from "../../src/model/log.js";
import type { Level } from "../../src/protocol/messages.js";
import { type LogChoice, LogFilter } from "../../src/view/log-filter.js";

/** The lines that a filter shows. */
function shownBy(filter: LogFilter, book: LogBook, choice: LogChoice, query: string): string[] {
  return filter
    .update(book, choice, query)
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

    const sections = new LogFilter().update(book, "debug", "");

    expect(sections.map(({ lines }) => lines?.length ?? null)).toEqual([null, 1]);
  });

  it("scans new lines only", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    add(book, "match 1");
    const [before] = filter.update(book, "debug", "match");
    add(book, "other");
    add(book, "match 2");

    const [after] = filter.update(book, "debug", "match");

    expect(after?.lines).toBe(before?.lines);
    expect(after?.lines?.map(({ text }) => text)).toEqual(["match 1", "match 2"]);
  });

  it("finds lines that were loaded later, in their place", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    book.skip(1, 10);
    book.reach(11);
    add(book, "match 2");
    filter.update(book, "debug", "match");
    const older = new LogBook();
    older.reach(5);
    add(older, "match 1");

    book.fill(1, 10, older.lines);

    expect(shownBy(filter, book, "debug", "match")).toEqual(["match 1", "match 2"]);
  });

  it("starts again with another choice, and with another log", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    add(book, "one", "error");
    add(book, "two");
    filter.update(book, "debug", "t");

    expect(shownBy(filter, book, "warning", "")).toEqual(["one"]);
    expect(shownBy(filter, new LogBook(), "warning", "")).toEqual([]);
  });

  it("never hides notices and dividers", () => {
    const book = new LogBook();
    add(book, "one");
    for (const kind of ["notice", "divider", "note"] as const) {
      book.add(kind, { kind, level: "info", source: null, isStderr: false, time: null });
    }

    const shown = (choice: LogChoice, query: string) =>
      shownBy(new LogFilter(), book, choice, query);

    expect(shown("error", "")).toEqual(["notice", "divider"]);
    expect(shown("debug", "ONE")).toEqual(["one", "notice", "divider"]);
    expect(shown("debug", "not")).toEqual(["notice", "divider", "note"]);
    expect(shown("remarks", "")).toEqual(["notice", "divider", "note"]);
  });

  it("shows no lines that the log has forgotten", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    for (let n = 0; n < 1_000; n++) {
      book.reach(n + 1);
      add(book, "x\n".repeat(250));
      filter.update(book, "debug", "x");
    }

    expect(book.isWhole).toBe(false);
    expect(shownBy(filter, book, "debug", "x")).toHaveLength(book.loaded);
  });
});
