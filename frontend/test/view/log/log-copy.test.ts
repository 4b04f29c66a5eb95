import { describe, expect, it } from "vitest";
import { LogBook } from "../../../src/model/log.js";
import { type SelectionEnd, selectedText } from "../../../src/view/log/log-copy.js";

const end = (seq: number, offset: number | null = null, part = 0): SelectionEnd => ({
  seq,
  part,
  offset,
});

function add(book: LogBook, seq: number, text: string): void {
  book.reach(seq);
  book.add(text, { kind: "log", level: "info", source: null, isStderr: false, time: null });
}

function copied(book: LogBook, anchor: SelectionEnd, head: SelectionEnd): string {
  const sections = book.stretches.map((stretch) => ({ stretch, lines: stretch.lines }));
  return selectedText(sections, book.density, { anchor, head });
}

describe("the text of a selection", () => {
  it("has whole lines, of messages with several too", () => {
    const book = new LogBook();
    for (let seq = 1; seq <= 4; seq++) add(book, seq, `a${seq}\nb${seq}`);

    expect(copied(book, end(2, null, 1), end(4))).toBe("b2\na3\nb3\na4");
  });

  it("has parts of the lines at its ends, in either order", () => {
    const book = new LogBook();
    for (const [index, text] of ["first", "second", "third"].entries()) add(book, index + 1, text);

    expect(copied(book, end(1, 2), end(3, 2))).toBe("rst\nsecond\nth");
    expect(copied(book, end(3, 2), end(1, 2))).toBe("rst\nsecond\nth");
    expect(copied(book, end(2, 4), end(2, 1))).toBe("eco");
  });

  it("states how many lines are not loaded", () => {
    const book = new LogBook();
    book.skip(1, 1_200);
    add(book, 1_201, "newest");

    expect(copied(book, end(1), end(1_201))).toBe("… about 1,200 lines not loaded …\nnewest");
    expect(copied(book, end(1_201), end(1_201))).toBe("newest");
  });

  it("marks hidden characters, as the view does", () => {
    const book = new LogBook();
    add(book, 1, "rm -rf \u202etmp");

    expect(copied(book, end(1), end(1))).not.toContain("\u202e");
  });
});
