import { describe, expect, it } from "vitest";
import { agentWork, runState, taskState } from "../../dev/run-state.js";
import type { TaskState } from "../../src/protocol/messages.gen.js";
import {
  countRuns,
  mainTask,
  matchesFilter,
  matchesQuery,
  nameOf,
  openPath,
  partsOf,
  userOf,
} from "../../src/runs/list.js";

const task = (name: string, fields: Partial<TaskState> = {}) =>
  taskState({ task: name, ...fields });

describe("a search", () => {
  const run = runState({
    sprint_id: "nightly-eval",
    status: "failed",
    message: "Out of memory",
    notebook: "research/train.ipynb",
    program: "cron.py",
    user: "alice",
    details: {
      title: "Warm-up",
      notes: null,
      tags: ["gpu"],
      config: { lr: 0.1, optimizer: "adam" },
      environment: {},
      has_more: false,
    },
  });

  it.each([
    "nightly",
    "OUT OF",
    "train.ipynb",
    "cron",
    "alice",
    "failed",
    "memory research",
    "warm",
    "GPU",
    "lr=0.1",
    "adam",
    "",
  ])("finds a run by %j", (query) => expect(matchesQuery(run, query)).toBe(true));

  it.each(["weekly", "nightly weekly", "bob"])("does not find it by %j", (query) =>
    expect(matchesQuery(run, query)).toBe(false),
  );

  it("treats the query as text, not as a pattern", () => {
    expect(matchesQuery(run, ".*")).toBe(false);
    expect(matchesQuery(run, "(")).toBe(false);
  });
});

describe("a filter", () => {
  it.each([
    ["running", ["running"]],
    ["waiting", ["needs_input"]],
    ["failed", ["failed", "lost"]],
  ] as const)("of %s hides the others", (choice, expected) => {
    const all = ["pending", "running", "needs_input", "succeeded", "failed", "cancelled", "lost"];
    const chosen = all.filter((status) =>
      matchesFilter(runState({ status: status as "running" }), choice),
    );

    expect(chosen).toEqual(expected);
    const runs = all.map((status) => runState({ status: status as "running" }));
    expect(countRuns(runs)[choice]).toBe(expected.length);
  });
});

describe("the task for the progress of a row", () => {
  it("is the first unfinished one at the top level", () => {
    const tasks = [
      task("load", { state: "succeeded" }),
      task("epoch", { parents: ["train"] }),
      task("train"),
    ];

    expect(mainTask(runState({ tasks }))?.task).toBe("train");
  });

  it("may have a parent without reports", () => {
    expect(mainTask(runState({ tasks: [task("part", { parents: ["whole"] })] }))?.task).toBe(
      "part",
    );
  });

  it("is the last one where all have ended, and none where the run succeeded", () => {
    const tasks = [task("a", { state: "succeeded" }), task("b", { state: "failed" })];

    expect(mainTask(runState({ status: "failed", tasks }))?.task).toBe("b");
    expect(mainTask(runState({ status: "succeeded", tasks }))).toBeNull();
    expect(mainTask(runState())).toBeNull();
  });
});

describe("what a run is doing", () => {
  it("is the path of its open step or, without one, of its newest running task", () => {
    const tasks = [task("train"), task("epoch", { parents: ["train"] })];
    const agents = agentWork({ path: ["plan", "look up"] });

    expect(openPath(runState({ tasks, agents }))).toEqual(["plan", "look up"]);
    expect(openPath(runState({ tasks }))).toEqual(["train", "epoch"]);
    expect(openPath(runState())).toEqual([]);
  });

  it("is nothing after its end", () => {
    expect(openPath(runState({ status: "lost", tasks: [task("train")] }))).toEqual([]);
  });
});

describe("a notebook's path", () => {
  it.each(["a.ipynb", "research/a b.ipynb"])("%j is valid", (path) => {
    expect(partsOf(path)).toEqual(path.split("/"));
  });

  it.each(["../../hub/logout", "/a.ipynb", "a/../b.ipynb", "a//b.ipynb", "script.py", ""])(
    "%j leads elsewhere",
    (path) => expect(partsOf(path)).toBeNull(),
  );

  it("is shown by its last part", () => {
    expect(nameOf("research/train.ipynb")).toBe("train.ipynb");
  });
});

it.each([
  ["alice", "alice"],
  ["kernel", null],
  ["script", null],
  ["kernel 3f2a91c0", "kernel 3f2a91c0"],
  ["Anonymous Europa", null],
  [null, null],
])("the user %s is shown as %s", (user, shown) => {
  expect(userOf(runState({ user }))).toBe(shown);
});
