import { describe, expect, it } from "vitest";
import { LogBook } from "../../src/model/log.js";
import type { Level } from "../../src/protocol/messages.js";
import { type LogChoice, LogFilter } from "../../src/view/log-filter.js";

function add(book: LogBook, text: string, level: Level = "info"): void {
  book.add(text, { kind: "log", level, source: null, isStderr: false, time: null });
}

describe("the filter", () => {
  it("without a choice returns the log itself", () => {
    const book = new LogBook();
    add(book, "a");

    expect(new LogFilter().update(book, "debug", "")).toBe(book.lines);
  });

  it("scans new lines only", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    add(book, "match 1");
    const before = filter.update(book, "debug", "match");
    add(book, "other");
    add(book, "match 2");

    const after = filter.update(book, "debug", "match");

    expect(after).toBe(before);
    expect(after.map(({ text }) => text)).toEqual(["match 1", "match 2"]);
  });

  it("starts again with another choice, and with another log", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    add(book, "one", "error");
    add(book, "two");
    filter.update(book, "debug", "t");

    expect(filter.update(book, "warning", "").map(({ text }) => text)).toEqual(["one"]);
    expect(filter.update(new LogBook(), "warning", "")).toEqual([]);
  });

  it("never hides notices and dividers", () => {
    const book = new LogBook();
    add(book, "one");
    for (const kind of ["notice", "divider", "note"] as const) {
      book.add(kind, { kind, level: "info", source: null, isStderr: false, time: null });
    }

    const shown = (choice: LogChoice, query: string) =>
      new LogFilter().update(book, choice, query).map(({ text }) => text);

    expect(shown("error", "")).toEqual(["notice", "divider"]);
    expect(shown("debug", "ONE")).toEqual(["one", "notice", "divider"]);
    expect(shown("debug", "not")).toEqual(["notice", "divider", "note"]);
    expect(shown("remarks", "")).toEqual(["notice", "divider", "note"]);
  });

  it("removes the lines that the log has removed", () => {
    const book = new LogBook();
    const filter = new LogFilter();
    for (let n = 0; n < 1_000; n++) {
      add(book, "x\n".repeat(250));
      filter.update(book, "debug", "x");
    }

    const lines = filter.update(book, "debug", "x");

    expect(book.trimmed).toBeGreaterThan(0);
    expect(lines).toHaveLength(book.lines.length);
    expect(lines[0]?.n).toBe(book.trimmed);
  });
});
