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

describe("a view that joins behind events with metrics", () => {
  const loss = { name: "loss", last: 3, step: 2, min: 1, max: 3, count: 3 };
  const state = { ...loss, not_finite: 0, not_finite_step: null };
  const buckets = () => ({
    ...{ width: 1, steps: [0, 1, 2], times: [null, null, null], mins: [1, 2, 3] },
    ...{ maxs: [1, 2, 3], sums: [1, 2, 3], counts: [1, 1, 1] },
  });
  const row = (value: number): AnyEvent => metrics({ loss: [value] }, { steps: [value] });

  function joined(): Run {
    const run = new Run();
    run.apply({ kind: "gap", from: 1, to: 3, reason: "skipped" });
    run.apply({ kind: "state", state: runState({ head: 4, began: 1, metrics: [state] }) });
    return run;
  }

  const values = (run: Run) => run.metrics.all.get("loss")?.series.maxs;

  it("has the newest values at once and the whole curves once they are loaded", () => {
    const run = apply(joined(), row(3), row(4), row(5));
    expect(run.metrics.isWhole).toBe(false);
    expect(run.metrics.all.get("loss")).toMatchObject({ last: 5, count: 5 });

    run.adoptSeries(1, {
      head: 5,
      metrics: [{ ...state, last: 4, ...buckets() }],
      hasMore: false,
      config: {},
      environment: {},
    });

    expect(run.metrics.isWhole).toBe(true);
    expect(values(run)).toEqual([1, 2, 3, 5]);
    expect(run.metrics.all.get("loss")?.last).toBe(5);
  });

  it("adds no event twice where the loaded curves are ahead of it", () => {
    const run = joined();
    run.adoptSeries(1, {
      head: 5,
      metrics: [{ ...state, ...buckets() }],
      hasMore: false,
      config: {},
      environment: {},
    });
    apply(run, row(3), row(4), row(5));

    expect(values(run)).toEqual([1, 2, 3, 5]);
  });

  it("keeps the newest events for curves that were loaded too early", () => {
    const run = apply(joined(), ...[...Array(1_005).keys()].map(row));
    const curves = { metrics: [{ ...state, ...buckets() }], hasMore: false };
    const load = (head: number) =>
      run.adoptSeries(1, { ...curves, head, config: {}, environment: {} });

    load(6); // the view has dropped the events up to 8
    expect(run.metrics.isWhole).toBe(false);
    load(8);

    expect(run.metrics.isWhole).toBe(true);
    expect(run.metrics.all.get("loss")?.count).toBe(1_003);
  });

  it("has those of an earlier attempt apart", () => {
    const run = apply(joined(), row(3));
    run.adoptSeries(0, {
      head: 3,
      metrics: [{ ...state, ...buckets() }],
      hasMore: false,
      config: {},
      environment: {},
    });

    expect(run.pastMetrics.all.get(0)?.all.get("loss")?.series.maxs).toEqual([1, 2, 3]);
    expect(run.metrics.isWhole).toBe(false);
  });
});

it("a run that is started again keeps the curves of its attempts", () => {
  const run = new Run();
  for (let value = 1; value <= 10; value += 1) {
    const status: AnyEvent = { type: "status_update", status: "running" };
    const end: AnyEvent = { type: "status_update", status: "failed" };
    apply(run, status, metrics({ loss: [value] }), end);
  }

  expect([...run.pastMetrics.all.keys()]).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  expect(run.pastMetrics.all.get(4)?.all.get("loss")?.last).toBe(4);
  expect(run.metrics.all.get("loss")?.last).toBe(10);
});
