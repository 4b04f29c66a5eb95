import { describe, expect, it } from "vitest";
import { runState, taskState } from "../../dev/run-state.js";
import type { TaskState } from "../../src/protocol/messages.gen.js";
import {
  mainTask,
  matchesFilter,
  matchesQuery,
  nameOf,
  partsOf,
  sortRuns,
  userOf,
} from "../../src/runs/list.js";

const at = (minute: number) => `2026-11-22T21:${String(minute).padStart(2, "0")}:00.000Z`;

const task = (name: string, fields: Partial<TaskState> = {}) =>
  taskState({ task: name, ...fields });

describe("the order", () => {
  it("has active runs first, then the newest", () => {
    const runs = [
      runState({ sprint_id: "old", status: "succeeded", started: at(1) }),
      runState({ sprint_id: "running", status: "running", started: at(2) }),
      runState({ sprint_id: "only a log", status: "pending", created: at(4) }),
      runState({ sprint_id: "waiting", status: "needs_input", started: at(3) }),
      runState({ sprint_id: "lost", status: "lost", started: at(5) }),
    ];

    expect(sortRuns(runs).map((run) => run.sprint_id)).toEqual([
      "waiting",
      "running",
      "lost",
      "only a log",
      "old",
    ]);
  });

  it("is the server's for runs that began at the same time", () => {
    const runs = ["b", "a", "c"].map((id) => runState({ sprint_id: id, started: at(1) }));

    expect(sortRuns(runs)).toEqual(runs);
  });
});

describe("a search", () => {
  const run = runState({
    sprint_id: "nightly-eval",
    status: "failed",
    message: "Out of memory",
    notebook: "research/train.ipynb",
    program: "cron.py",
    user: "alice",
  });

  it.each(["nightly", "OUT OF", "train.ipynb", "cron", "alice", "failed", "memory research", ""])(
    "finds a run by %j",
    (query) => expect(matchesQuery(run, query)).toBe(true),
  );

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
    ["running", ["running", "needs_input"]],
    ["failed", ["failed", "lost"]],
  ] as const)("of %s hides the others", (choice, expected) => {
    const all = ["pending", "running", "needs_input", "succeeded", "failed", "cancelled", "lost"];
    const chosen = all.filter((status) =>
      matchesFilter(runState({ status: status as "running" }), choice),
    );

    expect(chosen).toEqual(expected);
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
