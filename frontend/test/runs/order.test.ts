import { describe, expect, it } from "vitest";
import { agentWork, runState } from "../../dev/run-state.js";
import type { RunState } from "../../src/protocol/messages.gen.js";
import { durationOf, type RunOrder, sortRuns } from "../../src/runs/order.js";

const at = (minute: number) => `2026-11-22T21:${String(minute).padStart(2, "0")}:00.000Z`;
const NOW = Date.parse(at(30));
const MINUTE = 60_000;

const sorted = (runs: RunState[], order: RunOrder) =>
  sortRuns(runs, order, NOW).map((run) => run.sprint_id);

describe("the newest", () => {
  it("are first, after those that wait for the user and those that are running", () => {
    const runs = [
      runState({ sprint_id: "old", status: "succeeded", started: at(1) }),
      runState({ sprint_id: "running", started: at(4) }),
      runState({ sprint_id: "only a log", status: "pending", created: at(4) }),
      runState({ sprint_id: "waiting", status: "needs_input", started: at(3) }),
      runState({ sprint_id: "lost", status: "lost", started: at(5) }),
    ];

    expect(sorted(runs, "newest")).toEqual(["waiting", "running", "lost", "only a log", "old"]);
  });

  it("have the server's order where they began at the same time", () => {
    const runs = ["b", "a", "c"].map((id) => runState({ sprint_id: id, started: at(1) }));

    expect(sorted(runs, "newest")).toEqual(["b", "a", "c"]);
  });
});

it("names are sorted with their numbers", () => {
  const runs = ["run-10", "run-9", "Alpha", "beta"].map((id) => runState({ sprint_id: id }));

  expect(sorted(runs, "name")).toEqual(["Alpha", "beta", "run-9", "run-10"]);
});

it("the longest runs are first, and those without both times last", () => {
  const runs = [
    runState({ sprint_id: "unknown", status: "pending", created: at(1) }),
    runState({ sprint_id: "short", status: "failed", started: at(1), ended: at(2) }),
    runState({ sprint_id: "long", status: "succeeded", started: at(1), ended: at(19) }),
    runState({ sprint_id: "running", started: at(20) }),
  ];

  expect(sorted(runs, "duration")).toEqual(["long", "running", "short", "unknown"]);
});

it("the most expensive runs are first, apart by currency, and unknown costs last", () => {
  const cost = (id: string, amount: number, currency = "USD") => {
    const sums = { usage: [], costs: [{ currency, amount, sources: [] }], is_lower_bound: false };
    return runState({ sprint_id: id, agents: agentWork({ sums }) });
  };
  const runs = [
    runState({ sprint_id: "unknown", agents: agentWork() }),
    cost("cheap", 0.01),
    cost("dear", 2),
    cost("euro", 0.5, "EUR"),
    runState({ sprint_id: "no agent" }),
  ];

  expect(sorted(runs, "cost")).toEqual(["euro", "dear", "cheap", "unknown", "no agent"]);
});

describe("a duration", () => {
  it.each<[string, Partial<RunState>, number | null]>([
    ["of a running run counts until now", { started: at(10) }, 20 * MINUTE],
    [
      "stops with its publisher",
      { started: at(10), disconnected_at: NOW / 1000 - 60 },
      19 * MINUTE,
    ],
    ["has an end", { status: "cancelled", started: at(1), ended: at(3) }, 2 * MINUTE],
    [
      "of a lost run is known to its last sign",
      { status: "lost", started: at(1), last_seen: NOW / 1000 - 60 },
      28 * MINUTE,
    ],
    ["is not made up without an end", { status: "lost", started: at(1) }, null],
    ["is not made up without a beginning", { status: "failed", ended: at(1) }, null],
    ["is never negative", { status: "failed", started: at(2), ended: at(1) }, 0],
  ])("%s", (_, fields, expected) => {
    expect(durationOf(runState(fields), NOW)).toBe(expected);
  });
});
