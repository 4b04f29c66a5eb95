// Replays tests/vectors/hidden.json, as the Python side does; the README there has the format.
import { describe, expect, it } from "vitest";
import hiddenFile from "../../../tests/vectors/hidden.json" with { type: "json" };
import { markHidden, splitHidden } from "../../src/terminal/hidden.js";
import { cpuMs } from "../cost.js";

describe("hidden characters", () => {
  it.each(hiddenFile.vectors)("$name", ({ given, then }) => {
    expect(markHidden(given)).toBe(then);
  });

  it("are all marked between letters, and no other character is", () => {
    const hidden = hiddenFile.hidden.map(
      (range) => range.map((code) => Number.parseInt(code, 16)) as [number, number],
    );
    const isHidden = (code: number) =>
      hidden.some(([first, last]) => code >= first && code <= last);
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const text = `a${String.fromCodePoint(code)}b`;
      if ((markHidden(text) !== text) !== isHidden(code)) wrong.push(code.toString(16));
    }

    expect(wrong).toEqual([]);
  });

  it("are separate pieces", () => {
    expect(splitHidden("a\u202eb")).toEqual([
      { text: "a", isMark: false },
      { text: "<U+202E>", isMark: true },
      { text: "b", isMark: false },
    ]);
    expect(splitHidden("")).toEqual([]);
  });

  it("take linear time", () => {
    const before = cpuMs();

    for (const part of ["\u200b", "\u200b\u200c", "😀\u200d", "\u{e0041}\u{e0042}", "م\u200c"]) {
      markHidden(part.repeat(200_000 / part.length));
    }

    // A few milliseconds each; quadratic time would be minutes.
    expect(cpuMs() - before).toBeLessThan(5_000);
  });
});
