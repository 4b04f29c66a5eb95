import { describe, expect, it } from "vitest";
import { Run } from "../../../src/model/run.js";
import type { AnyEvent } from "../../../src/protocol/messages.js";
import { countSteps, runningPath } from "../../../src/view/steps/step-rows.js";
import {
  lookOf,
  overallShare,
  pastStepTree,
  type Step,
  stepTree,
} from "../../../src/view/steps/step-tree.js";

const step = (type: string, name: string, id: string, more = {}, time = 0): AnyEvent => ({
  type: "agent_message",
  agent: "planner",
  time,
  event: {
    type: `STEP_${type}`,
    stepName: name,
    metadata: { "realtime-widgets": { id, ...more } },
  },
});
const task = (name: string, current: number, more = {}): AnyEvent => ({
  type: "build_progress",
  task: name,
  current,
  total: 4,
  ...more,
});

function treeOf(...events: AnyEvent[]): Step[] {
  const run = new Run();
  run.apply({ kind: "events", first: 1, timestamp: "2026-11-22T22:00:00Z", events });
  return stepTree(run);
}

const shown = (steps: readonly Step[], isOver = false): unknown[] =>
  steps.map((each) => [`${each.name} ${lookOf(each, isOver)}`, ...shown(each.parts, isOver)]);

describe("the tree of steps", () => {
  it("has the tasks that were reported in a step below it, and each once", () => {
    const tree = treeOf(
      step("STARTED", "load", "s1"),
      task("files", 1, { step: "s1" }),
      step("STARTED", "parse", "s2", { parent: "s1" }),
      task("files", 2),
      task("other", 1),
    );

    expect(shown(tree)).toEqual([
      ["load running", ["parse running"], ["files running"]],
      ["other running"],
    ]);
  });

  it("has no calls of models and tools, and what is in them is a part of the step around", () => {
    const tree = treeOf(
      step("STARTED", "plan", "s1"),
      step("STARTED", "gpt", "s2", { parent: "s1", kind: "model" }),
      step("STARTED", "inner", "s3", { parent: "s2" }),
    );

    expect(shown(tree)).toEqual([["plan running", ["inner running"]]]);
  });

  it("is drawn where thousands of steps are open in each other: the deepest are side by side", () => {
    const steps = Array.from({ length: 5_000 }, (_, n) => step("STARTED", `${n}`, `${n}`));

    const tree = treeOf(...steps);

    expect(countSteps(tree, false).all).toBe(5_000);
    expect(runningPath(tree, false).length).toBeGreaterThan(0);
  });

  it("has the ends of steps as they were", () => {
    const tree = treeOf(
      step("STARTED", "a", "s1", {}, 10),
      step("FINISHED", "a", "s1", {}, 12),
      step("STARTED", "b", "s2", {}, 20),
      step("FINISHED", "b", "s2", { error: "no such table" }, 21),
      step("STARTED", "c", "s3", {}, 30),
    );

    expect(shown(tree)).toEqual([["a succeeded"], ["b failed"], ["c running"]]);
    expect(shown(tree, true)[2]).toEqual(["c stopped"]);
    expect(tree[0]).toMatchObject({ began: 10_000, until: 12_000 });
  });
});

describe("the progress of a run", () => {
  it("is that of the steps at the top that have not ended", () => {
    expect(overallShare(treeOf(task("a", 4, { state: "succeeded" }), task("b", 1)))).toBe(0.25);
    expect(overallShare(treeOf(step("STARTED", "a", "s1")))).toBeNull();
    expect(overallShare([])).toBeNull();
  });

  it("folds to what is running and the steps around it", () => {
    const tree = treeOf(
      task("a", 4, { state: "succeeded" }),
      task("b", 1),
      task("c", 4, { state: "failed", parents: ["b"] }),
      task("d", 1, { parents: ["b"] }),
    );

    expect(runningPath(tree, false).map((row) => [row.step.name, row.depth])).toEqual([
      ["b", 0],
      ["d", 1],
    ]);
    expect(runningPath(tree, true)).toEqual([]);
    expect(countSteps(tree, false)).toEqual({
      all: 4,
      running: 2,
      succeeded: 1,
      failed: 1,
      stopped: 0,
    });
  });
});

it("the steps of an older attempt are those of its agents and its tasks", () => {
  const run = new Run();
  const status = (status: string) => ({ type: "status_update", status });
  run.apply({
    ...{ kind: "events", first: 1, timestamp: "2026-11-22T22:00:00Z" },
    events: [
      ...[status("running"), step("STARTED", "load", "s1"), task("files", 4, { step: "s1" })],
      ...[task("train", 1), status("failed"), status("running"), task("train", 3)],
    ],
  });

  expect(shown(pastStepTree(run, 1), true)).toEqual([
    ["load stopped", ["files stopped"]],
    ["train stopped"],
  ]);
  expect(shown(stepTree(run))).toEqual([["train running"]]);
});
