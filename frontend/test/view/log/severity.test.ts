import { describe, expect, it } from "vitest";
import { nextOf } from "../../../src/view/log/use-severity-jump.js";

describe("going from one error to the next", () => {
  it("begins at the first, or backwards at the last", () => {
    expect([nextOf([5, 9], null, 1), nextOf([5, 9], null, -1)]).toEqual([5, 9]);
    expect(nextOf([], null, 1)).toBeNull();
  });

  it("goes in a circle, also from an event that is not there any more", () => {
    expect([5, 9, 7].map((seq) => nextOf([5, 9], seq, 1))).toEqual([9, 5, 9]);
    expect([5, 9, 7].map((seq) => nextOf([5, 9], seq, -1))).toEqual([9, 5, 5]);
    expect(nextOf([5], 5, 1)).toBe(5);
  });
});
