import type { Token } from "marked";
import { expect, it } from "vitest";
import { GrowingMarkdown } from "../../../../src/view/timeline/markdown/lexing.js";

const TEXT = [
  "# Result",
  "",
  "I found **6 charges**, of which 3 are duplicates:",
  "",
  "| id | amount |",
  "|----|-------:|",
  "| ch_2 | $19.99 |",
  "",
  "- one",
  "",
  "- two",
  "  ```py",
  "  x = 1",
  "",
  "  y = 2",
  "  ```",
  "",
  "> quoted",
  "",
  "```sql",
  "select 1",
  "",
  "from t",
  "```",
  "",
  "last",
].join("\n");

function types(tokens: readonly Token[] | null): string[] {
  return (tokens ?? []).filter(({ type }) => type !== "space").map(({ raw, type }) => type + raw);
}

it("a growing text has the tokens of the whole text, wherever it is cut", () => {
  const whole = types(new GrowingMarkdown().update(TEXT, false));
  for (let step = 1; step < 40; step++) {
    const growing = new GrowingMarkdown();
    for (let end = step; end < TEXT.length; end += step) growing.update(TEXT.slice(0, end), true);

    const last = types(growing.update(TEXT, true));

    expect(last.join("\n").replaceAll(/\s+/g, " ")).toBe(whole.join("\n").replaceAll(/\s+/g, " "));
  }
});

it("blocks that have ended are read once", () => {
  const growing = new GrowingMarkdown();
  const before = growing.update("# One\n\nTwo\n\nThr", true) ?? [];

  const after = growing.update("# One\n\nTwo\n\nThree", true) ?? [];

  expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
  expect(after.slice(0, 4).every((token, index) => token === before[index])).toBe(true);
});

it.each([
  ["of more than 20,000 characters", "a".repeat(20_001)],
  ["nested deeper than the stack", ">".repeat(19_999)],
  ["with the colours of a terminal", "\x1b[31mred"],
  ["with a carriage return of a terminal", "10 %\r20 %"],
])("a text %s is no Markdown", (_, text) => {
  expect(new GrowingMarkdown().update(text, false)).toBeNull();
});

it("100,000 deltas into one message read less than three times its characters again", () => {
  // Counted as characters of the blocks that are made again, not as time.
  const growing = new GrowingMarkdown();
  const paragraph = `${"word ".repeat(30)}\n\n`;
  let text = "";
  let read = 0;
  let before: readonly Token[] = [];
  while (text.length + paragraph.length < 20_000) {
    text += paragraph;
    const tokens = growing.update(text, true) ?? [];
    const known = new Set(before);
    read += tokens
      .filter((token) => !known.has(token))
      .reduce((sum, { raw }) => sum + raw.length, 0);
    before = tokens;
  }

  expect(read).toBeLessThan(3 * text.length);
});
