import { expect, it } from "vitest";
import { closeWords, shouldReconnect } from "../../src/protocol/codes.js";

it.each([1000, 1001, 1006, 1011, 1012, 1013, 4000, 4001, 4002, 4003, 4004, 4007, 4499])(
  "%i connects again",
  (code) => {
    expect(shouldReconnect(code)).toBe(true);
  },
);

it.each([1003, 1007, 1009, 4500, 4501, 4503, 4504, 4505, 4506, 4508, 4509, 4999])(
  "%i stops",
  (code) => {
    expect(shouldReconnect(code)).toBe(false);
  },
);

it("an unknown code has words", () => {
  expect(closeWords(4321)).toBe("the connection was lost");
});
