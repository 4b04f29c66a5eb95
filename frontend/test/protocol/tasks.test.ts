import { describe, expect, it } from "vitest";
import type { BuildProgress } from "../../src/protocol/messages.gen.js";
import { type Task, Tasks } from "../../src/protocol/tasks.js";

function report(task: string, fields: Partial<BuildProgress> = {}): BuildProgress {
  return { type: "build_progress", task, current: 1, ...fields };
}

function tree(tasks: Iterable<Task>): unknown[] {
  return [...tasks].map(({ name, children }) =>
    children.size > 0 ? [name, tree(children)] : name,
  );
}

function make(...reports: BuildProgress[]): Tasks {
  const tasks = new Tasks();
  for (const each of reports) tasks.update(each, 0);
  return tasks;
}

describe("the tree", () => {
  it("nests tasks below their parents in the order in which they came", () => {
    const tasks = make(
      report("a"),
      report("b", { parent: "a" }),
      report("c", { parent: "b" }),
      report("d"),
    );

    expect(tree(tasks.roots)).toEqual([["a", [["b", ["c"]]]], "d"]);
  });

  it("has a place for a parent that reports later or never", () => {
    const tasks = make(report("b", { parent: "a" }));

    expect(tree(tasks.roots)).toEqual([["a", ["b"]]]);
    expect([...tasks.roots][0]).toMatchObject({ name: "a", current: null });
  });

  it("moves a task that gets another parent", () => {
    const tasks = make(
      report("a"),
      report("b"),
      report("c", { parent: "a" }),
      report("c", { parent: "b" }),
    );

    expect(tree(tasks.roots)).toEqual(["a", ["b", ["c"]]]);
  });

  it("loses no task in a ring of parents", () => {
    const tasks = make(
      report("a", { parent: "b" }),
      report("b", { parent: "a" }),
      report("c", { parent: "c" }),
    );

    expect(JSON.stringify(tree(tasks.roots))).toMatch(/a.*b|b.*a/);
    expect(tree(tasks.roots)).toContain("c");
  });

  it("takes names of Object.prototype as any other", () => {
    const tasks = make(report("__proto__", { parent: "constructor" }));

    expect(tree(tasks.roots)).toEqual([["constructor", ["__proto__"]]]);
  });
});

describe("a task", () => {
  it("keeps its newest report, and its first for the rate", () => {
    const tasks = new Tasks();
    tasks.update(report("a", { current: 2, total: 10, unit: "batch" }), 1_000);
    tasks.update(report("a", { current: 7, total: 10, unit: "batch", state: "failed" }), 3_000);

    expect([...tasks.roots][0]).toMatchObject({
      current: 7,
      total: 10,
      unit: "batch",
      state: "failed",
      startedAt: 1_000,
      startedWith: 2,
      updatedAt: 3_000,
    });
  });
});

describe("beyond two hundred tasks", () => {
  it("the oldest that has ended makes room, and is counted", () => {
    const tasks = make(report("running"), report("done", { state: "succeeded" }));
    for (let n = 0; n < 199; n++) tasks.update(report(`t${n}`), 0);

    expect(tasks.size).toBe(200);
    expect(tasks.forgotten).toBe(1);
    expect(tree(tasks.roots)).toContain("running");
    expect(tree(tasks.roots)).not.toContain("done");
  });

  it("the parts of a forgotten task stay in the tree", () => {
    const tasks = make(
      report("part", { parent: "whole" }),
      report("whole", { state: "succeeded" }),
    );
    for (let n = 0; n < 199; n++) tasks.update(report(`t${n}`), 0);

    expect(tree(tasks.roots)).toContain("part");
    expect(tree(tasks.roots)).not.toContain("whole");
  });

  it("a new parent does not take the room of its own part", () => {
    const tasks = new Tasks();
    for (let n = 0; n < 199; n++) tasks.update(report(`t${n}`), 0);

    tasks.update(report("part", { parent: "whole", state: "succeeded" }), 0);

    expect(tree(tasks.roots)).toContainEqual(["whole", ["part"]]);
  });
});
