import { describe, expect, it } from "vitest";
import { done } from "../../../tests/vectors/format.json" with { type: "json" };
import { type Branch, shareDone, Tasks } from "../../src/model/tasks.js";
import type { BuildProgress } from "../../src/protocol/messages.gen.js";

function report(task: string, fields: Partial<BuildProgress> = {}): BuildProgress {
  return { type: "build_progress", task, current: 1, ...fields };
}

function tree(branches: readonly Branch[]): unknown[] {
  return branches.map(({ name, parts }) => (parts.length > 0 ? [name, tree(parts)] : name));
}

function make(...reports: BuildProgress[]): Tasks {
  const tasks = new Tasks();
  for (const each of reports) tasks.update(each, 0);
  return tasks;
}

describe("the tree", () => {
  it("nests tasks below their parents, in the order of their first reports", () => {
    const tasks = make(
      report("a"),
      report("b", { parents: ["a"] }),
      report("c", { parents: ["a", "b"] }),
      report("d"),
    );

    expect(tree(tasks.tree())).toEqual([["a", [["b", ["c"]]]], "d"]);
  });

  it("distinguishes tasks of one name under different parents", () => {
    const tasks = make(
      report("fold", { parents: ["seed 1"] }),
      report("fold", { parents: ["seed 2"], current: 2 }),
    );

    expect(tree(tasks.tree())).toEqual([
      ["seed 1", ["fold"]],
      ["seed 2", ["fold"]],
    ]);
  });

  it("contains a parent that reports later or never", () => {
    const tasks = make(report("b", { parents: ["a"] }));
    expect(tasks.tree()[0]).toMatchObject({ name: "a", state: null });

    tasks.update(report("a"), 0);

    expect(tree(tasks.tree())).toEqual([["a", ["b"]]]);
    expect(tasks.tree()[0]).toMatchObject({ name: "a", state: { current: 1 } });
  });

  it("contains every task of a cycle of parents", () => {
    const tasks = make(
      report("a", { parent: "b" }),
      report("b", { parent: "a" }),
      report("c", { parent: "c" }),
    );

    expect(tree(tasks.tree())).toEqual([
      ["b", ["a"]],
      ["a", ["b"]],
      ["c", ["c"]],
    ]);
  });

  it("accepts names of Object.prototype", () => {
    const tasks = make(report("__proto__", { parents: ["constructor"] }));

    expect(tree(tasks.tree())).toEqual([["constructor", ["__proto__"]]]);
  });

  it("distinguishes all paths, with any characters in their names", () => {
    const tasks = make(report("b", { parents: ["a"] }), report('a","b'), report("a/b"));

    expect(tree(tasks.tree())).toEqual([["a", ["b"]], 'a","b', "a/b"]);
  });
});

describe("a task", () => {
  it("keeps its newest report", () => {
    const tasks = new Tasks();
    tasks.update(report("a", { current: 2, total: 10, unit: "batch" }), 1_000);
    tasks.update(report("a", { current: 7, total: 10, unit: "batch", state: "failed" }), 3_000);

    expect([...tasks][0]).toMatchObject({ current: 7, total: 10, unit: "batch", state: "failed" });
  });
});

describe("the rate of a task", () => {
  type Report = [seconds: number | null, current: number, fields?: Partial<BuildProgress>];

  function rate(...reports: Report[]): number | null {
    const tasks = new Tasks();
    for (const [seconds, current, fields] of reports) {
      const made = seconds === null ? null : (1_800_000_000 + seconds) * 1000;
      tasks.update(report("a", { current, total: 100, ...fields }), made);
    }
    return tasks.tree()[0]?.pace?.perSecond ?? null;
  }

  /** Reports of steady progress from one second to another, every so many seconds. */
  function steady(from: number, to: number, perSecond: number, start = 0, every = 1): Report[] {
    const count = Math.round((to - from) / every) + 1;
    return Array.from({ length: count }, (_, n) => [
      from + n * every,
      start + n * every * perSecond,
    ]);
  }

  it("is its progress in the time between its reports", () => {
    expect(rate([0, 0], [4, 20])).toBe(5);
  });

  it("is not known from one report, from less than two seconds, or without progress", () => {
    expect(rate([0, 50])).toBeNull();
    expect(rate([0, 0], [1.9, 20])).toBeNull();
    expect(rate([0, 5], [60, 5])).toBeNull();
  });

  it("of a bar that is reused in each epoch is that of its epoch", () => {
    const epochs = [0, 1, 2, 3].flatMap((n) => steady(n * 10, n * 10 + 9, 20, 0));

    expect(rate(...epochs, [40, 0], [41, 20])).toBeNull();
    expect(rate(...epochs, [40, 0], [45, 100])).toBe(20);
    expect(rate(...epochs, [40, 1], [45, 11])).toBe(2);
  });

  it("of a slow epoch after fast ones is slow", () => {
    expect(rate(...steady(0, 5, 20), ...steady(6, 10, 1))).toBe(1);
  });

  it.each(["succeeded", "failed", "stopped"] as const)(
    "restarts where the task had %s",
    (state) => {
      expect(rate([0, 0], [10, 10, { state }], [20, 10], [24, 14])).toBe(1);
    },
  );

  it("restarts with another total after a complete loop", () => {
    const done: Report[] = [
      [0, 0, { total: 3 }],
      [10, 3, { total: 3 }],
    ];

    expect(rate(...done, [20, 4, { total: 500 }], [22, 24, { total: 500 }])).toBe(10);
    expect(rate(...done, [20, 4, { total: null }], [22, 24, { total: null }])).toBe(10);
  });

  it("continues where the total grows during the loop", () => {
    expect(rate(...steady(0, 10, 1), [11, 11, { total: 200 }])).toBe(1);
    expect(rate([0, 0, { total: null }], [5, 5, { total: null }], [10, 10])).toBe(1);
  });

  it("does not count progress before a checkpoint", () => {
    expect(rate(...steady(0, 10, 2, 500))).toBe(2);
  });

  it("is that of the last half minute", () => {
    expect(rate(...steady(0, 100, 10), ...steady(101, 131, 1, 1_001))).toBeCloseTo(1);
    expect(rate(...steady(0, 100, 10), ...steady(101, 115, 1, 1_001))).toBeCloseTo(5.5);
  });

  it("is exact where reports come once in a minute, or in an hour", () => {
    expect(rate(...steady(0, 600, 1 / 60, 0, 60))).toBeCloseTo(1 / 60);
    expect(rate(...steady(0, 36_000, 1 / 3_600, 0, 3_600))).toBeCloseTo(1 / 3_600);
  });

  it("recovers half a minute after a pause", () => {
    const paused = steady(0, 50, 1);
    const resumed = (seconds: number) => steady(3_650, 3_650 + seconds, 1, 51);

    expect(rate(...paused, ...resumed(10))).toBeGreaterThan(0.3);
    expect(rate(...paused, ...resumed(31))).toBeCloseTo(1);
  });

  it("is the same where reports come a thousand times in a second", () => {
    expect(rate(...steady(0, 20, 1_000, 0, 0.001))).toBeCloseTo(1_000);
  });

  it("is not distorted by a small step back", () => {
    expect(rate(...steady(0, 20, 1), [21, 18], [22, 22])).toBe(1);
    expect(rate(...steady(0, 20, 1), [20, 19], [21, 21], [21, 20], [22, 22])).toBe(1);
  });

  it("restarts where a step back removes more than half of the progress", () => {
    expect(rate(...steady(0, 20, 10), [21, 50], [25, 54])).toBe(1);
  });

  it("continues beyond the total, and without one", () => {
    expect(rate(...steady(90, 110, 1, 90))).toBe(1);
    expect(rate([0, 0, { total: null }], [10, 20, { total: null }])).toBe(2);
    expect(rate([0, -10, { total: 0 }], [10, 10, { total: 0 }])).toBe(2);
  });

  it("restarts where the clock was set back", () => {
    expect(rate(...steady(3_600, 3_700, 1), [100, 101])).toBeNull();
    expect(rate(...steady(3_600, 3_700, 1), [100, 101], [104, 109])).toBe(2);
  });

  it("recovers half a minute after the clock was set ahead", () => {
    expect(rate(...steady(0, 100, 1), ...steady(7_200, 7_231, 1, 101))).toBeCloseTo(1);
  });

  it("accepts reports of several processes slightly out of order", () => {
    expect(rate(...steady(0, 10, 1), [9.5, 11], [12, 12], [11, 13], [14, 14])).toBe(1);
  });

  it("uses only reports with a time", () => {
    expect(rate([0, 0], [10, 10], [null, 50], [20, 60], [24, 68])).toBe(2);
    expect(rate([null, 0], [null, 10])).toBeNull();
  });

  it("is always finite", () => {
    expect(rate([0, 0], [0, 10], [0, 20])).toBeNull();
    expect(rate([0, 0], [0, 10], [5, 20])).toBe(4);
  });
});

describe("beyond two hundred tasks", () => {
  it("the oldest that has ended is forgotten, and counted", () => {
    const tasks = make(report("running"), report("done", { state: "succeeded" }));
    for (let n = 0; n < 199; n++) tasks.update(report(`t${n}`), 0);

    expect(tasks.size).toBe(200);
    expect(tasks.forgotten).toBe(1);
    expect(tree(tasks.tree())).toContain("running");
    expect(tree(tasks.tree())).not.toContain("done");
  });

  it("the parts of a forgotten task stay in the tree, under its name", () => {
    const tasks = make(
      report("part", { parents: ["whole"] }),
      report("whole", { state: "succeeded" }),
    );
    for (let n = 0; n < 199; n++) tasks.update(report(`t${n}`), 0);

    expect(tree(tasks.tree())).toContainEqual(["whole", ["part"]]);
    expect([...tasks].map(({ task }) => task)).not.toContain("whole");
  });
});

it.each(done)("the share of a task is $share for $given", ({ given, share }) => {
  const [current, total] = given as [number, number | null];

  expect(shareDone({ current, total })).toBe(share);
});
