import { expect, it } from "vitest";
import { runState } from "../../dev/run-state.js";
import { groupRuns } from "../../src/runs/groups.js";
import { sortRuns } from "../../src/runs/order.js";

const NOW = new Date(2026, 10, 22, 9, 30).getTime();
const hoursAgo = (hours: number) => new Date(NOW - hours * 3_600_000).toISOString();

const RUNS = sortRuns(
  [
    runState({ sprint_id: "long ago", status: "failed", started: hoursAgo(60) }),
    runState({ sprint_id: "this night", status: "succeeded", started: hoursAgo(9) }),
    runState({ sprint_id: "this morning", status: "lost", started: hoursAgo(1) }),
    runState({ sprint_id: "last evening", status: "succeeded", started: hoursAgo(10) }),
    runState({ sprint_id: "since days", started: hoursAgo(90) }),
    runState({ sprint_id: "question", status: "needs_input", started: hoursAgo(2) }),
    runState({ sprint_id: "unknown", status: "pending" }),
  ],
  "newest",
  NOW,
);

it("the newest runs are divided by what they wait for and by the day they began", () => {
  const groups = groupRuns(RUNS, "newest", NOW).map(({ title, runs }) => [
    title,
    ...runs.map((run) => run.sprint_id),
  ]);

  expect(groups).toEqual([
    ["Waits for you", "question"],
    ["Running", "since days"],
    ["Today", "this morning", "this night"],
    ["Yesterday", "last evening"],
    ["Earlier", "long ago", "unknown"],
  ]);
});

it("runs in another order are one group without a heading", () => {
  expect(groupRuns(RUNS, "name", NOW)).toEqual([{ title: "", runs: RUNS }]);
  expect(groupRuns([], "name", NOW)).toEqual([]);
});
