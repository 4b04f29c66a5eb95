import { describe, expect, it } from "vitest";
import { runState } from "../../../dev/run-state.js";
import { MAX_METRICS } from "../../../src/model/metrics/run-metrics.js";
import { Run } from "../../../src/model/run.js";
import type { AnyEvent } from "../../../src/protocol/messages.js";

function apply(run: Run, ...events: AnyEvent[]): Run {
  run.apply({ kind: "events", first: run.seq + 1, timestamp: "2026-11-30T07:00:00Z", events });
  return run;
}

const metrics = (values: Record<string, unknown[]>, fields = {}): AnyEvent => {
  const rows = Math.max(...Object.values(values).map((column) => column.length));
  return { type: "metrics", steps: [...Array(rows).keys()], values, ...fields };
};

const texts = (run: Run) => [...run.log.lines].map(({ text }) => text);

describe("the metrics of a run", () => {
  it("are named in the log where they cease to be finite, once in an event", () => {
    const run = apply(new Run(), metrics({ loss: [1, "NaN", 2, "Infinity"], acc: [1, 2, 3, 4] }));
    apply(run, metrics({ loss: ["NaN"] }), metrics({ loss: [1] }));

    expect(texts(run)).toEqual(["The metric loss is not a finite number at step 3"]);
    expect(run.metrics.all.get("loss")?.notFinite).toBe(3);
  });

  it("have the time of each row", () => {
    const run = apply(new Run(), metrics({ loss: [1, 2] }, { time: 100, times: [0, 0.5] }));

    expect(run.metrics.all.get("loss")?.series.times).toEqual([100, 100.5]);
  });

  it("are bounded in number, and the view knows that there are more", () => {
    const names = Object.fromEntries([...Array(MAX_METRICS).keys()].map((n) => [`m${n}`, [n]]));
    const run = apply(new Run(), metrics(names));
    expect(run.metrics.hasMore).toBe(false);

    apply(run, metrics({ further: [1] }));
    expect(run.metrics.all.size).toBe(MAX_METRICS);
    expect(run.metrics.hasMore).toBe(true);
  });

  it("are those of the state after a gap", () => {
    const state = { last: "NaN", step: 7, min: 1, max: 2, count: 3, not_finite: 1 } as const;
    const run = new Run();
    run.apply({ kind: "gap", from: 1, to: 9, reason: "trimmed" });
    run.apply({
      kind: "state",
      state: runState({ head: 9, metrics: [{ name: "loss", ...state, not_finite_step: 7 }] }),
    });

    expect(run.metrics.all.get("loss")).toMatchObject({ last: Number.NaN, step: 7, max: 2 });
  });

  it("with columns that are no numbers are a row of the log", () => {
    const run = apply(new Run(), metrics({ loss: [[1]] }));

    expect(run.metrics.all.size).toBe(0);
    expect(run.log.size).toBe(1);
  });
});
