import { describe, expect, it } from "vitest";
import { highlight, MAX_CODE } from "../../../../src/view/timeline/markdown/highlight.js";

/** The pieces of code that have a colour. */
const coloured = (code: string, language: string) =>
  highlight(code, language)
    ?.filter(({ style }) => style.color !== null)
    .map(({ text }) => text);

describe("code", () => {
  it.each([
    ["Python", 'def f(x): return "a"  # why', ["def", "f", "return", '"a"', "# why"]],
    ["ts", "const a = 5; // why", ["const", "5", "// why"]],
    ["json", '{"a": [1, true]}', ['"a"', "1", "true"]],
    ["sh", 'echo "$HOME" # why', ["echo", "$HOME", "# why"]],
    ["diff", "-old\n+new", ["-old", "+new"]],
  ])("of %s has the colours of its words", (language, code, words) => {
    expect(coloured(code, language)).toEqual(expect.arrayContaining(words));
  });

  it.each(["python", "ts", "json", "bash", "diff", "yaml"])(
    "of %s keeps all of its text",
    (language) => {
      const code = `f'{x!r}' \`\${a}\` /** @see */ "unclosed\n\u202e<script> - a: 1\n\\'`;

      expect(
        highlight(code, language)
          ?.map(({ text }) => text)
          .join(""),
      ).toBe(code);
    },
  );

  it("of an unknown language, or beyond a bound, is plain", () => {
    expect(highlight("a", "")).toBeNull();
    expect(highlight("a", "cobol")).toBeNull();
    expect(highlight("a", "constructor")).toBeNull();
    expect(highlight("a".repeat(MAX_CODE + 1), "python")).toBeNull();
  });
});
