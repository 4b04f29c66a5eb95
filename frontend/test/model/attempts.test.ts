import { expect, it } from "vitest";
import { runState } from "../../dev/run-state.js";
import { attemptsOf, isWithin } from "../../src/model/attempts.js";
import { Run } from "../../src/model/run.js";
import type { RunState } from "../../src/protocol/messages.gen.js";
import type { AnyEvent } from "../../src/protocol/messages.js";

const AT = "2026-11-22T22:00:00.000Z";

const status = (value: string): AnyEvent => ({ type: "status_update", status: value });

const step = (name: string): AnyEvent => ({
  type: "agent_message",
  agent: "planner",
  event: { type: "STEP_STARTED", stepName: name },
});

function apply(run: Run, ...events: AnyEvent[]): Run {
  run.apply({ kind: "events", first: run.seq + 1, timestamp: AT, events });
  return run;
}

const joined = (state: Partial<RunState>): Run => {
  const run = new Run();
  run.apply({ kind: "gap", from: 1, to: 100, reason: "skipped" });
  run.apply({ kind: "state", state: runState({ head: 100, ...state }) });
  return run;
};

const ranges = (run: Run) =>
  attemptsOf(run).map(({ attempt, first, last }) => [attempt, first, last]);

it("a run that was started once has no attempts to choose from", () => {
  expect(attemptsOf(apply(new Run(), status("running")))).toEqual([]);
});

it("each event belongs to one attempt, those before the first start to the first", () => {
  const run = apply(
    new Run(),
    step("early"),
    status("running"),
    status("failed"),
    status("running"),
  );

  expect(ranges(run)).toEqual([
    [2, 4, Infinity],
    [1, 1, 3],
  ]);
});

it("a view that joins at the end knows the attempts of the state", () => {
  const past = [
    { attempt: 2, began: 10, started: AT, ended: AT, status: "failed" as const },
    { attempt: 3, began: 40, started: AT, ended: null, status: "lost" as const },
  ];
  const run = joined({ attempt: 4, began: 60, past });

  expect(ranges(run)).toEqual([
    [4, 60, Infinity],
    [3, 40, 59],
    [2, 10, 39],
  ]);
  expect(ranges(apply(run, status("failed"), status("running")))[0]).toEqual([5, 102, Infinity]);
});

it("the timeline has the nodes of each attempt, also of earlier events", () => {
  const run = joined({ attempt: 2, began: 99 });
  apply(run, step("newest"));
  const page = [step("first"), status("failed"), status("running"), step("second")];

  run.fill({
    first: 97,
    last: 100,
    kept: 1,
    events: page.map((event, index) => ({ seq: 97 + index, timestamp: AT, event })),
  });

  const titles = (before: number) => run.timeline.nodesOf(before).map(({ title }) => title);
  expect([titles(0), titles(1), titles(2)]).toEqual([
    ["Attempt 2", "second", "newest"],
    ["first"],
    [],
  ]);
});

it("without a range every event is within", () => {
  expect(isWithin(7, null)).toBe(true);
  expect([2, 3, 9, 10].map((seq) => isWithin(seq, { first: 3, last: 9 }))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
