import { describe, expect, it } from "vitest";
import terminalFile from "../../../tests/vectors/terminal.json" with { type: "json" };
import { parseAnsi, plainText } from "../../src/terminal/ansi.js";
import { cpuMs } from "../cost.js";

const texts = (text: string) => parseAnsi(text).map((line) => line.text);
const first = (text: string) => parseAnsi(text)[0]?.segments ?? [];

describe("the vectors shared with the snapshot", () => {
  it.each(terminalFile.vectors)("$name", ({ given, then }) => {
    expect(texts(given)).toEqual(then);
  });
});

it("a text outside the log follows the same rules, with all of its line breaks", () => {
  expect(plainText("a\x1b[31m\x00b\r\n10%\r20%\n")).toBe("a␀b\n20%\n");
  expect(plainText("a\n")).toBe("a\n");
});

describe("lines", () => {
  it("are split at line breaks", () => {
    expect(texts("a\nb\r\nc")).toEqual(["a", "b", "c"]);
  });

  it("are not added by a line break at the end", () => {
    expect(texts("a\n")).toEqual(["a"]);
    expect(texts("a\n\n")).toEqual(["a", ""]);
    expect(texts("")).toEqual([""]);
  });

  it("without controls have no segments", () => {
    expect(parseAnsi("plain\ttext")).toEqual([{ text: "plain\ttext", segments: null }]);
  });

  it("carry a colour over to the next one", () => {
    expect(parseAnsi("\x1b[31ma\nb")[1]?.segments).toMatchObject([
      { text: "b", style: { color: 1 } },
    ]);
  });
});

describe("cursor movement", () => {
  it("returns to the first column with a carriage return, and overwrites", () => {
    expect(texts("10%\r20%\r100%")).toEqual(["100%"]);
    expect(texts("long text\rab")).toEqual(["abng text"]);
  });

  it("moves back with a backspace, not beyond the first column", () => {
    expect(texts("abc\b\bX")).toEqual(["aXc"]);
    expect(texts("a\b\b\bX")).toEqual(["X"]);
  });

  it("erases to the end of the line or all of it", () => {
    expect(texts("abcdef\rxy\x1b[K")).toEqual(["xy"]);
    expect(texts("abcdef\r\x1b[2Kdone")).toEqual(["done"]);
  });

  it("keeps a character beyond the basic plane whole", () => {
    expect(texts("😀😀\b\x1b[1mX")).toEqual(["😀X"]);
  });
});

describe("colours", () => {
  it.each([
    ["31", { color: 1 }],
    ["97", { color: 15 }],
    ["42", { background: 2 }],
    ["105", { background: 13 }],
    ["38;5;9", { color: 9 }],
    ["38;5;208", { color: "rgb(255, 135, 0)" }],
    ["38;5;244", { color: "rgb(128, 128, 128)" }],
    ["48;2;1;2;3", { background: "rgb(1, 2, 3)" }],
    ["38:2::1:2:3", { color: "rgb(1, 2, 3)" }],
    ["38:5:16", { color: "rgb(0, 0, 0)" }],
    ["1;3;4;9", { isBold: true, isItalic: true, isUnderlined: true, isStruck: true }],
    ["7", { isInverse: true }],
    ["38;5;9;1", { color: 9, isBold: true }],
    ["4:3", { isUnderlined: true }],
  ])("of %s are known", (parameters, style) => {
    expect(first(`\x1b[${parameters}mx`)).toMatchObject([{ text: "x", style }]);
  });

  it.each(["38;5;999", "38;2;300;0;0", "38;9", "38", "1234567890", "x".repeat(50), ";;;;"])(
    "of %s are ignored",
    (parameters) => {
      expect(texts(`\x1b[${parameters}mx`).join("")).toContain("x");
    },
  );

  it("end with a reset, after which a line is plain again", () => {
    expect(first("\x1b[31mred\x1b[0m plain")).toMatchObject([
      { text: "red", style: { color: 1 } },
      { text: " plain", style: { color: null } },
    ]);
    expect(parseAnsi("\x1b[31m\x1b[0mplain")[0]?.segments).toBeNull();
  });
});

describe("links", () => {
  it("of http and https are kept", () => {
    expect(first("\x1b]8;;https://example.org/a\x1b\\text\x1b]8;;\x1b\\!")).toMatchObject([
      { text: "text", href: "https://example.org/a" },
      { text: "!", href: null },
    ]);
    expect(first("\x1b]8;id=1;HTTP://example.org\x07text")).toMatchObject([
      { href: "HTTP://example.org" },
    ]);
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    " https://example.org",
    "https://example.org/a b",
    "https://example.org/\u202e",
    "//example.org",
  ])("to %s are plain text", (uri) => {
    expect(parseAnsi(`\x1b]8;;${uri}\x1b\\text`)).toEqual([{ text: "text", segments: null }]);
  });
});

describe("every other control", () => {
  it.each([
    ["cursor movement", "a\x1b[2Ab"],
    ["clearing the screen", "a\x1b[2J\x1b[Hb"],
    ["a private mode", "a\x1b[?25lb"],
    ["setting the title", "a\x1b]0;title\x07b"],
    ["the clipboard", "a\x1b]52;c;aGk=\x1b\\b"],
    ["a device control string", "a\x1bPq#0\x1b\\b"],
    ["an application command", "a\x1b_x\x1b\\b"],
    ["a character set", "a\x1b(Bb"],
    ["a delete", "a\x7fb"],
    ["an 8-bit control", "a\x9bb"],
    ["a lone escape at the end", "ab\x1b"],
    ["a sequence that is cut off", "ab\x1b[31"],
  ])("is removed: %s", (_, text) => {
    expect(texts(text)).toEqual(["ab"]);
  });

  it("ends at a line break, so that it hides no more than its line", () => {
    expect(texts("a\x1b]0;title\nb")).toEqual(["a", "b"]);
    expect(texts("a\x1b[12\nb")).toEqual(["a", "b"]);
  });

  it("ends after 4 KiB, so that it does not hide the log after it", () => {
    const line = texts(`\x1b]0;${"x".repeat(10_000)}`)[0] ?? "";

    expect(line.length).toBeGreaterThan(5_000);
    expect(line.length).toBeLessThan(6_000);
  });
});

describe("a control character without a meaning", () => {
  const mark = { color: null, isDim: true };

  it.each([
    ["NUL", "\x00", "␀"],
    ["BEL", "\x07", "␇"],
    ["VT", "\x0b", "␋"],
    ["FF", "\x0c", "␌"],
    ["SUB", "\x1a", "␚"],
    ["US", "\x1f", "␟"],
  ])("is shown as a mark: %s", (_, control, picture) => {
    expect(parseAnsi(`a${control}b`)).toEqual([
      {
        text: `a${picture}b`,
        segments: [
          expect.objectContaining({ text: "a" }),
          expect.objectContaining({ text: picture, style: expect.objectContaining(mark) }),
          expect.objectContaining({ text: "b" }),
        ],
      },
    ]);
  });

  it("has its own style within a colour, which continues after it", () => {
    expect(first("\x1b[1;31ma\x00\x00b")).toMatchObject([
      { text: "a", style: { color: 1, isDim: false } },
      { text: "␀␀", style: { ...mark, isBold: false } },
      { text: "b", style: { color: 1, isBold: true } },
    ]);
  });

  it("is one of the line's characters", () => {
    expect(texts("a\x00\bX")).toEqual(["aX"]);
    expect(texts("\x00\rX")).toEqual(["X"]);
  });

  it("ends an incomplete sequence", () => {
    expect(texts("a\x1b\x00b")).toEqual(["a␀b"]);
    expect(texts("a\x1b[3\x00b")).toEqual(["a␀b"]);
    expect(texts("a\x1b\rb")).toEqual(["b"]);
  });

  it("in a control string belongs to it", () => {
    expect(texts("a\x1b]0;x\x00y\x07b")).toEqual(["ab"]);
  });
});

it("hostile text takes linear time", () => {
  const size = 65_536;
  const hostile = [
    "\x1b[",
    "\x1b]8;;",
    "\x1b[31m",
    "x\x1b[2K",
    "\x1b[38;5;",
    "\b\r",
    "\x1b]0;\x1b",
    "\x00",
    "\x1b[31m\x00",
  ].map((part) => part.repeat(size / part.length));
  const before = cpuMs();

  for (const text of hostile) parseAnsi(text);

  // A few milliseconds each; quadratic time would be seconds.
  expect(cpuMs() - before).toBeLessThan(2_000);
});
