import { describe, expect, it } from "vitest";
import { LogBook } from "../../../src/model/log.js";
import type { LogLine } from "../../../src/model/log-line.js";
import type { Level } from "../../../src/protocol/messages.js";
import type { Section } from "../../../src/view/log/log-filter.js";
import { type FoldContext, LogFolds } from "../../../src/view/log/log-folds.js";

const AT_END: FoldContext = { isFiltered: false, reading: null, wanted: [] };

class Log {
  readonly book = new LogBook();
  readonly folds = new LogFolds(() => undefined);

  add(seq: number, text: string, level: Level = "info"): this {
    this.book.reach(seq);
    this.book.add(text, { kind: "log", level, source: null, isStderr: false, time: null });
    return this;
  }

  /** A group of so many lines from an event on; returns the number of the next event. */
  group(seq: number, name: string, count: number, level: Level = "info"): number {
    this.add(seq, `::group::${name}`);
    for (let n = 1; n <= count; n++) this.add(seq + n, `${name} ${n}`, level);
    this.add(seq + count + 1, "::endgroup::");
    return seq + count + 2;
  }

  sections(context = AT_END): Section[] {
    const all = this.book.stretches.map((stretch) => ({ stretch, lines: stretch.lines }));
    return this.folds.update(all, context);
  }

  shown(context = AT_END): LogLine[] {
    return this.sections(context).flatMap(({ lines }) => lines ?? []);
  }

  texts(context = AT_END): string[] {
    return this.shown(context).map(({ text, kind }) => (kind === "tree" ? "(tree)" : text));
  }

  line(text: string): LogLine {
    const line = this.book.lines.find((each) => each.text === text);
    if (!line) throw new Error(`no line ${text}`);
    return line;
  }
}

describe("groups", () => {
  it("of more than a few lines are folded when they have ended", () => {
    const log = new Log();
    const next = log.group(1, "long", 6);
    log.group(next, "short", 2);

    expect(log.texts()).toEqual(["::group::long", "::group::short", "short 1", "short 2"]);
  });

  it("are open until they have ended, and with an error in them", () => {
    const log = new Log();
    const next = log.group(1, "bad", 6, "error");
    log.add(next, "::group::running");
    for (let n = 1; n <= 6; n++) log.add(next + n, `running ${n}`);

    expect(log.texts()).toHaveLength(1 + 6 + 1 + 6);
  });

  it("are open where they end under the reader's eye, or have what the reader looks for", () => {
    const line = { seq: 4, part: 0 };
    const log = new Log();
    log.group(1, "a", 6);
    expect(log.texts({ ...AT_END, reading: { first: line, last: line } })).toHaveLength(7);
    expect(log.texts()).toHaveLength(7); // also after the reader has left

    const other = new Log();
    other.group(1, "a", 6);
    expect(other.texts({ ...AT_END, wanted: [line] })).toHaveLength(7);
  });

  it("stay as the reader has left them", () => {
    const log = new Log();
    log.add(1, "::group::a").add(2, "1");
    log.sections();
    log.folds.toggle(log.line("::group::a"));
    expect(log.texts()).toEqual(["::group::a"]);

    for (let seq = 3; seq <= 9; seq++) log.add(seq, `${seq}`);
    expect(log.texts()).toEqual(["::group::a"]);
    log.folds.toggle(log.line("::group::a"));
    log.add(10, "::endgroup::");

    expect(log.texts()).toHaveLength(9);
  });

  it("unfold around a line that is revealed, with those around them", () => {
    const log = new Log();
    log.add(1, "::group::outer");
    const next = log.group(2, "inner", 6);
    log.add(next, "::endgroup::");
    expect(log.texts()).toEqual(["::group::outer"]);

    log.folds.reveal({ seq: 5, part: 0 });

    expect(log.texts()).toHaveLength(1 + 1 + 6);
  });

  it("fold over several stretches", () => {
    const log = new Log();
    log.group(1, "long", 3_500);
    log.add(4_000, "after");

    expect(log.texts()).toEqual(["::group::long", "after"]);
    log.folds.toggle(log.line("::group::long"));
    expect(log.texts()).toHaveLength(3_502);
  });

  it("do not fold while a filter hides lines", () => {
    const log = new Log();
    log.group(1, "long", 6);
    log.sections();

    expect(log.texts({ ...AT_END, isFiltered: true })).toHaveLength(8);
    expect(log.folds.groupAt(log.line("::group::long"))).toBeNull();
    expect(log.texts()).toEqual(["::group::long"]);
  });

  it("leave the lines of a stretch without any as they are", () => {
    const log = new Log().add(1, "a").add(2, "b");

    expect(log.sections()[0]?.lines).toBe(log.book.stretches[0]?.lines);
  });
});

describe("lines of JSON", () => {
  it("unfold to rows below them, and fold again", () => {
    const log = new Log().add(1, '{"a": 1, "b": [2]}').add(2, "after");
    const line = log.line('{"a": 1, "b": [2]}');
    log.sections();
    expect(log.folds.stateOf(line)).toBe("folded");

    log.folds.toggle(line);
    expect(log.texts()).toEqual([line.text, "(tree)", "(tree)", "(tree)", "after"]);
    expect(log.folds.stateOf(line)).toBe("open");
    log.folds.toggle(line);

    expect(log.texts()).toEqual([line.text, "after"]);
  });

  it("keep the rows of their other nodes when one is folded", () => {
    const log = new Log().add(1, '{"a": [1], "b": 2}');
    log.folds.toggle(log.line('{"a": [1], "b": 2}'));
    const before = log.shown();

    log.folds.toggle(before[1] as LogLine);

    expect(log.shown()).toEqual([before[0], before[1], before[3]]);
  });

  it("that are none after all get no control any more", () => {
    const log = new Log().add(1, "[1] of {a}");
    const line = log.line("[1] of {a}");
    log.sections();
    expect(log.folds.stateOf(line)).toBe("folded");

    log.folds.toggle(line);

    expect(log.folds.stateOf(line)).toBeNull();
  });
});
