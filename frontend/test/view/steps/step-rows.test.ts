import { describe, expect, it } from "vitest";
import { Run } from "../../../src/model/run.js";
import type { BuildProgress } from "../../../src/protocol/messages.gen.js";
import { rowsOf } from "../../../src/view/steps/step-rows.js";
import { spanOf, stepTree } from "../../../src/view/steps/step-tree.js";

type Report = [path: string, fields?: Partial<BuildProgress>];

const DONE = { state: "succeeded" } as const;
const FAILED = { state: "failed" } as const;
const STOPPED = { state: "stopped" } as const;

function treeOf(...reports: Report[]) {
  const run = new Run();
  for (const [path, fields] of reports) {
    const parents = path.split("/");
    const task = parents.pop() ?? "";
    run.tasks.update({ type: "build_progress", task, parents, current: 1, ...fields }, 0);
  }
  return stepTree(run);
}

/** The rows as text: indented by level, with "+" or "-" where a row can be toggled. */
function shown(tree: ReturnType<typeof treeOf>, isOver = false, choices = new Map()): string[] {
  return rowsOf(tree, isOver, choices).map((row) => {
    const indent = "  ".repeat(row.depth);
    if (row.kind === "fold") return `${indent}${row.isOpen ? "-" : "+"} ${row.steps.length} more`;
    const sign = row.isOpen === null ? "" : row.isOpen ? "- " : "+ ";
    return `${indent}${sign}${row.step.name} ${row.look}`;
  });
}

const many = (count: number, fields: Partial<BuildProgress>, above = ""): Report[] =>
  Array.from({ length: count }, (_, n) => [`${above}t${n}`, fields] as Report);

describe("a branch", () => {
  it("that is unfinished is open, and one that succeeded is one row", () => {
    const tree = treeOf(
      ["load", DONE],
      ["load/files", DONE],
      ["train"],
      ["train/epoch 1", DONE],
      ["train/epoch 1/eval", DONE],
      ["train/epoch 2"],
    );

    expect(shown(tree)).toEqual([
      "+ load succeeded",
      "- train running",
      "  + epoch 1 succeeded",
      "  epoch 2 running",
    ]);
  });

  it("with a failed part is open", () => {
    const tree = treeOf(["a", DONE], ["a/b", STOPPED], ["a/b/c", FAILED], ["a/d", DONE]);

    expect(shown(tree)).toEqual([
      "- a succeeded",
      "  - b stopped",
      "    c failed",
      "  d succeeded",
    ]);
  });

  it("stays as the user has left it", () => {
    const choices = new Map([['["a"]', false]]);

    expect(shown(treeOf(["a"], ["a/b"]), false, choices)).toEqual(["+ a running"]);
    expect(shown(treeOf(["a", DONE], ["a/b", FAILED]), false, choices)).toEqual(["+ a succeeded"]);
  });

  it("for which nothing was reported has the look of its parts", () => {
    expect(shown(treeOf(["a/b", DONE], ["a/c"]))[0]).toBe("- a running");
    expect(shown(treeOf(["a/b", DONE], ["a/c", STOPPED]))[0]).toBe("+ a stopped");
    expect(shown(treeOf(["a/b", FAILED], ["a/c", STOPPED]))[0]).toBe("- a failed");
    expect(shown(treeOf(["a/b", DONE]))[0]).toBe("+ a succeeded");
  });
});

describe("many branches that have ended", () => {
  it("fold to one row after the unfinished ones and the last of the others", () => {
    const tree = treeOf(...many(138, DONE), ["x"], ["y"], ["z"], ["y", DONE]);

    expect(shown(tree)).toEqual([
      "x running",
      "z running",
      "t136 succeeded",
      "t137 succeeded",
      "y succeeded",
      "+ 136 more",
    ]);
  });

  it("show the failed ones first", () => {
    const tree = treeOf(["bad", FAILED], ...many(9, DONE), ["x"]);

    expect(shown(tree)).toEqual([
      "x running",
      "bad failed",
      "t7 succeeded",
      "t8 succeeded",
      "+ 7 more",
    ]);
  });

  it("are shown below the row when the user opens it", () => {
    const rows = shown(treeOf(...many(9, DONE)), false, new Map([["…", true]]));

    expect(rows.slice(3)).toEqual([
      "- 6 more",
      ...[0, 1, 2, 3, 4, 5].map((n) => `t${n} succeeded`),
    ]);
  });

  it("fold in each level separately", () => {
    const tree = treeOf(["a"], ["b"], ...many(9, DONE, "a/"), ...many(9, DONE, "b/"));
    const choices = new Map([['["b"]…', true]]);

    expect(shown(tree, false, choices).filter((row) => row.includes("more"))).toEqual([
      "  + 6 more",
      "  - 6 more",
    ]);
  });

  it("keep their order and their rows where there are few", () => {
    expect(shown(treeOf(["a", DONE], ["b"], ["c", FAILED], ["d"]))).toEqual([
      "a succeeded",
      "b running",
      "c failed",
      "d running",
    ]);
  });
});

describe("when the run is over", () => {
  it("unfinished tasks are stopped, and visible", () => {
    const tree = treeOf(...many(9, DONE), ["x"], ["x/y"], ["x/z", DONE]);

    expect(shown(tree, true)).toEqual([
      "- x stopped",
      "  y stopped",
      "  z succeeded",
      "t6 succeeded",
      "t7 succeeded",
      "t8 succeeded",
      "+ 6 more",
    ]);
  });
});

describe("the duration of branches", () => {
  it("is from the first report to the last", () => {
    const tree = treeOf(
      ["a", { time: 10 }],
      ["b", { time: 14.5 }],
      ["a", { ...DONE, time: 12 }],
      ["b", { ...DONE, time: 16 }],
    );

    expect(spanOf(tree)).toEqual({ from: 10_000, to: 16_000 });
    expect(tree.map((step) => spanOf([step]))).toEqual([
      { from: 10_000, to: 12_000 },
      { from: 14_500, to: 16_000 },
    ]);
  });

  it("is null where reports have no time", () => {
    expect(spanOf(treeOf(["a", DONE]))).toBeNull();
  });
});
