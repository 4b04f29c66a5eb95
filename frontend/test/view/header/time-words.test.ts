import { expect, it } from "vitest";
import { timeWords } from "../../../src/view/header/time-words.js";

it("the times of models and tools count until what is open has ended", () => {
  const spent = {
    models: { total: 31_000, since: null },
    tools: { total: null, since: 5_000 },
    waiting: { total: null, since: null },
  };

  expect(timeWords(spent, 17_000)).toBe("models 31 s · tools 12 s");
});
