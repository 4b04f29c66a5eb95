import { describe, expect, it } from "vitest";
import {
  fragmentOf,
  isInRange,
  rangeOf,
  rangeWords,
  readFragment,
} from "../../src/model/line-range.js";

const line = (seq: number, part = 0) => ({ seq, part });

describe("a fragment", () => {
  it.each([
    ["#L123", rangeOf(line(123), line(123)), "Line 123"],
    ["#L123-L140", rangeOf(line(123), line(140)), "Lines 123–140"],
    ["#L7.2", rangeOf(line(7, 2), line(7, 2)), "Line 7.2"],
    ["#L7.2-L7.5", rangeOf(line(7, 2), line(7, 5)), "Lines 7.2–7.5"],
    ["#L7.2-L9", rangeOf(line(7, 2), line(9)), "Lines 7.2–9"],
  ])("%s names lines, and is what they are named", (fragment, range, words) => {
    expect(readFragment(fragment)).toEqual(range);
    expect(fragmentOf(range)).toBe(fragment);
    expect(rangeWords(range)).toBe(words);
  });

  it("may have its ends in either order", () => {
    expect(readFragment("#L140-L123")).toEqual(readFragment("#L123-L140"));
  });

  it.each(["", "#", "#L", "#L0", "#L-1", "#L1-", "#L1-2", "#l1", "#L1x", "#L99999999999999999"])(
    "%j names none",
    (fragment) => {
      expect(readFragment(fragment)).toBeNull();
    },
  );
});

describe("a range", () => {
  it("has all lines between its ends, and the ends", () => {
    const range = rangeOf(line(9, 1), line(7, 2));

    const inside = [line(7, 1), line(7, 2), line(8), line(9, 1), line(9, 2)].map((each) =>
      isInRange(each, range),
    );

    expect(inside).toEqual([false, true, true, true, false]);
  });
});
