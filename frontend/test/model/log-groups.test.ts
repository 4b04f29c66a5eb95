import { describe, expect, it } from "vitest";
import { LogBook } from "../../src/model/log.js";
import { type LogGroup, LogGroups } from "../../src/model/log-groups.js";
import type { Level } from "../../src/protocol/messages.js";

/** A log of one line for each event, a second apart. */
function bookOf(...texts: string[]): LogBook {
  const book = new LogBook();
  for (const [index, text] of texts.entries()) add(book, index + 1, text);
  return book;
}

function add(book: LogBook, seq: number, text: string, level: Level = "info"): void {
  book.reach(seq);
  book.add(text, { kind: "log", level, source: null, isStderr: false, time: seq * 1_000 });
}

function groupsOf(book: LogBook): LogGroups {
  const groups = new LogGroups();
  groups.update(book.stretches);
  return groups;
}

/** Each group as its text, its depth, its number of lines, and its duration in seconds. */
const measured = (groups: LogGroups) =>
  groups.groups.map((group: LogGroup) => {
    const duration = groups.durationOf(group);
    return [group.header.text, group.depth, groups.linesIn(group), duration && duration / 1_000];
  });

describe("a group", () => {
  it.each([
    ["::group::install", "::endgroup::"],
    ["##[group]install", "##[endgroup]"],
    ["\x1b[1m::group::install\x1b[0m", "::endgroup::  "],
  ])("is from %j to %j", (begin, end) => {
    const groups = groupsOf(bookOf("a", begin, "b", "c", end, "d"));

    expect(groups.groups).toHaveLength(1);
    expect(groups.groups[0] && groups.linesIn(groups.groups[0])).toBe(2);
    expect(groups.groups[0] && groups.durationOf(groups.groups[0])).toBe(3_000);
  });

  it("can be in another, of which it is a part", () => {
    const groups = groupsOf(
      bookOf("::group::a", "1", "::group::b", "2", "3", "::endgroup::", "4", "::endgroup::"),
    );

    expect(measured(groups)).toEqual([
      ["::group::a", 0, 4, 7],
      ["::group::b", 1, 2, 3],
    ]);
    const depths = [1, 2, 3, 4, 7, 9].map((seq) => groups.around({ seq, part: 0 })?.depth ?? null);
    expect(depths).toEqual([null, 0, 0, 1, 0, null]);
  });

  it("without an end extends to the newest line", () => {
    const book = bookOf("::group::a", "1", "::group::b", "2");
    const groups = groupsOf(book);
    expect(measured(groups)).toEqual([
      ["::group::a", 0, 2, 3],
      ["::group::b", 1, 1, 1],
    ]);

    add(book, 5, "3");

    expect(groups.update(book.stretches)).toBeNull();
    expect(measured(groups)[1]).toEqual(["::group::b", 1, 2, 2]);
  });

  it("has the errors in it, and those of the groups in it", () => {
    const book = bookOf("::group::a", "::group::b");
    add(book, 3, "bad", "error");
    add(book, 4, "::endgroup::");
    add(book, 5, "worse", "critical");

    expect(groupsOf(book).groups.map(({ errors }) => errors)).toEqual([2, 1]);
  });

  it("ends where another attempt begins", () => {
    const book = bookOf("::group::a", "1");
    book.reach(3);
    book.addRemark("divider", "Attempt 2", null);
    add(book, 4, "2");
    add(book, 5, "::endgroup::");

    const groups = groupsOf(book);

    expect(measured(groups)).toEqual([["::group::a", 0, 1, null]]);
    expect(groups.around({ seq: 4, part: 0 })).toBeNull();
  });

  it("does not reach across lines that are not loaded", () => {
    const book = bookOf("::group::a", "1");
    book.skip(3, 10);
    add(book, 11, "2");
    add(book, 12, "::endgroup::");
    const groups = groupsOf(book);
    expect(measured(groups)).toEqual([["::group::a", 0, 1, null]]);
    expect(groups.around({ seq: 11, part: 0 })).toBeNull();

    const missing = new LogBook();
    for (let seq = 3; seq <= 10; seq++) add(missing, seq, "x");
    book.fill(3, 10, missing.lines);

    expect(groups.update(book.stretches)).toHaveLength(1);
    expect(measured(groups)).toEqual([["::group::a", 0, 10, 11]]);
  });

  it("needs a beginning: an end without one is an ordinary line", () => {
    expect(groupsOf(bookOf("::endgroup::", "a")).groups).toEqual([]);
  });
});

describe("following a log", () => {
  it("reports the groups that have ended, when one has begun or ended", () => {
    const book = bookOf("::group::a");
    const groups = new LogGroups();
    expect(groups.update(book.stretches)).toEqual([]);

    add(book, 2, "line");
    expect(groups.update(book.stretches)).toBeNull();
    add(book, 3, "::endgroup::");
    expect(groups.update(book.stretches)).toEqual(groups.groups);
  });

  it("gives the same groups as reading it at once, over many stretches", () => {
    const book = new LogBook();
    const groups = new LogGroups();
    const texts = ["::group::a", "1", "::group::b", "2", "::endgroup::", "::endgroup::", "3"];
    for (let seq = 1; seq <= 5_000; seq++) {
      add(book, seq, texts[seq % texts.length] ?? "", seq % 11 === 0 ? "error" : "info");
      if (seq % 3 === 0) groups.update(book.stretches);
    }
    groups.update(book.stretches);

    expect(groups.groups).toEqual(groupsOf(book).groups);
    expect(groups.groups.length).toBeGreaterThan(1_000);
  });

  it("takes no more than 32 groups inside each other", () => {
    const texts = ["::group::a", "::endgroup::"].flatMap((text) => Array(40).fill(text));

    const { groups } = groupsOf(bookOf(...texts));

    expect(Math.max(...groups.map(({ depth }) => depth))).toBe(31);
    expect(groups[0]?.footer?.seq).toBe(80);
  });
});
