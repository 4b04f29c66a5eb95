import { describe, expect, it } from "vitest";
import { LogBook } from "../../src/model/log.js";
import { SevereEvents } from "../../src/model/severe-events.js";
import type { Level } from "../../src/protocol/messages.js";

function add(book: LogBook, seq: number, level: Level): void {
  book.reach(seq);
  book.add("x\ny", { kind: "log", level, source: null, isStderr: false, time: null });
}

describe("the warnings and errors of a log", () => {
  it("are those that were read, each event once, the newest last", () => {
    const book = new LogBook();
    book.skip(1, 10);
    add(book, 11, "error");
    add(book, 12, "info");
    add(book, 13, "warning");
    const older = new LogBook();
    add(older, 4, "critical");

    book.fill(1, 10, older.lines);

    expect(book.severe.seqs("error")).toEqual([4, 11]);
    expect(book.severe.seqs("warning")).toEqual([13]);
  });

  it("are joined with those that a search has found", () => {
    const severe = new SevereEvents();
    severe.add(90, "error");

    severe.addFound("error", [5, 90], 0, 95);
    severe.add(5, "error");
    severe.add(96, "error");

    expect(severe.seqs("error")).toEqual([5, 90, 96]);
    expect([severe.count("error"), severe.searchedTo]).toEqual([3, 95]);
  });

  it("are counted only where they are older than those that were reported", () => {
    const severe = new SevereEvents();
    severe.add(3, "warning");
    severe.addFound("warning", [50, 60], 7, 100);

    severe.add(2, "warning");
    severe.add(55, "warning");

    expect(severe.seqs("warning")).toEqual([50, 55, 60]);
    expect(severe.count("warning")).toBe(10);
  });

  it("have a bound, beyond which the oldest are only counted", () => {
    const severe = new SevereEvents();

    for (let seq = 1; seq <= 10_005; seq++) severe.add(seq, "error");

    expect(severe.seqs("error")).toHaveLength(10_000);
    expect(severe.seqs("error")[0]).toBe(6);
    expect(severe.count("error")).toBe(10_005);
  });
});
