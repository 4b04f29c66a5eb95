import { describe, expect, it } from "vitest";
import { rangeOf } from "../../../src/model/line-range.js";
import { Run } from "../../../src/model/run.js";
import { missingWords } from "../../../src/view/log/use-linked.js";
import { log } from "../../fakes.js";

const TIME = "2026-11-22T22:00:00.000Z";

/** A run of which the events up to 100 are not loaded, and 101 to 103 are lines. */
function joined(): Run {
  const run = new Run();
  run.apply({ kind: "gap", from: 1, to: 100, reason: "skipped" });
  const lines = [log("a"), log("b\nc"), { type: "metric", name: "loss", value: 1 }, log("d")];
  run.apply({ kind: "events", first: 101, timestamp: TIME, events: lines });
  return run;
}

function words(run: Run, seq: number, part = 0): string | null {
  const line = { seq, part };
  return missingWords(run.log, rangeOf(line, line), run.seq);
}

describe("the lines of a link", () => {
  it("are there, or are being loaded", () => {
    expect([words(joined(), 102), words(joined(), 102, 1), words(joined(), 50)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it("may be of events that are to come", () => {
    expect(words(joined(), 999)).toBe("Line 999: the run has not come so far yet.");
  });

  it("may be none", () => {
    expect(words(joined(), 102, 5)).toBe("Event 102 has no line 6 in the log.");
  });

  it("may be gone", () => {
    const run = joined();
    run.fill({ first: 1, last: 100, kept: 90, events: [] });

    expect(words(run, 40)).toMatch(/^Line 40: not there any more\. .*89 earlier events.*\.$/);
  });
});
