import { expect, it } from "vitest";
import { meanTokenWords, timeWords } from "../../../src/view/header/time-words.js";

it("the times of models and tools count until what is open has ended", () => {
  const times = {
    models: { total: 31, since: null, open: 0 },
    ran: { total: null, since: 5, open: 1 },
    waiting: { total: null, since: null, open: 0 },
  };

  expect(timeWords(times, 17_000)).toBe("models 31 s · tools 12 s");
});

it.each([
  [0, 0, ""],
  [1, 0.412, "first token after 412 ms"],
  [12, 14.4, "first token after 1.2 s, the mean of 12 calls"],
])("the first tokens of %d calls that took %d s are %j", (count, total, words) => {
  expect(meanTokenWords({ count, total })).toBe(words);
});
