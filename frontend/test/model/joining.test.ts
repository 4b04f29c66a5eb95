// A run that a view joins at its end, and the older events that it loads afterwards.

import { describe, expect, it } from "vitest";
import { agentNode, agentWork, runState, taskState, tokenUsage } from "../../dev/run-state.js";
import { spentBy } from "../../src/model/agents/tally.js";
import type { HistoryPage } from "../../src/model/history-page.js";
import { Run } from "../../src/model/run.js";
import type { RunState } from "../../src/protocol/messages.gen.js";
import type { AnyEvent } from "../../src/protocol/messages.js";

const AT = "2026-11-22T22:00:00.000Z";

const log = (message: string): AnyEvent => ({ type: "log", message });

const status = (value: string, fields: object = {}): AnyEvent => ({
  type: "status_update",
  status: value,
  ...fields,
});

const agent = (event: object): AnyEvent => ({ type: "agent_message", agent: "planner", event });

function apply(run: Run, ...events: AnyEvent[]): void {
  run.apply({ kind: "events", first: run.seq + 1, timestamp: AT, events });
}

/** A run that was joined behind `skipped` events, with its state. */
function joined(skipped: number, state: Partial<RunState> & { head: number }): Run {
  const run = new Run();
  if (skipped > 0) run.apply({ kind: "gap", from: 1, to: skipped, reason: "skipped" });
  run.apply({ kind: "state", state: runState(state) });
  return run;
}

function page(first: number, events: AnyEvent[], fields: Partial<HistoryPage> = {}): HistoryPage {
  return {
    first,
    last: first + events.length - 1,
    kept: 1,
    events: events.map((event, index) => ({ seq: first + index, timestamp: AT, event })),
    ...fields,
  };
}

const texts = (run: Run) => run.log.lines.map(({ text }) => text);

describe("joining at the end", () => {
  it("shows the state before any event, and no event is counted twice", () => {
    const run = joined(100, {
      head: 102,
      status: "failed",
      ended: AT,
      errors: 7,
      logs: 90,
      tasks: [taskState({ task: "t", current: 5, total: 9 })],
    });
    expect(run).toMatchObject({
      status: "failed",
      isComplete: true,
      counts: { errors: 7, lost: 0 },
    });

    apply(
      run,
      { ...log("bad"), level: "error" },
      { type: "build_progress", task: "t", current: 5 },
    );

    expect(run).toMatchObject({ status: "failed", seq: 102, counts: { errors: 7, logs: 90 } });
    expect(run.tasks.tree()[0]?.state).toMatchObject({ current: 5, total: 9 });
    expect(texts(run)).toEqual(["bad"]);
  });

  it("is empty until the state comes", () => {
    const run = new Run();
    run.apply({ kind: "gap", from: 1, to: 100, reason: "skipped" });
    expect(run.isEmpty).toBe(true);

    run.apply({ kind: "state", state: runState({ head: 102 }) });

    expect(run.isEmpty).toBe(false);
  });

  it("applies the events behind the state", () => {
    const run = joined(100, { head: 101, attempt: 2, began: 50, errors: 7 });

    apply(run, log("in the state"), { ...log("new"), level: "error" }, status("succeeded"));

    expect(run).toMatchObject({ status: "succeeded", attempt: 2, seq: 103, counts: { errors: 8 } });
  });

  it("never shows the status of an older event of the page", () => {
    const run = joined(100, { head: 103, status: "succeeded", ended: AT, attempt: 4, began: 102 });

    for (const event of [
      status("failed"),
      status("running", { attempt: "x" }),
      status("succeeded"),
    ]) {
      apply(run, event);
      expect(run).toMatchObject({ status: "succeeded", attempt: 4 });
    }
    expect(texts(run)).toEqual(["Attempt 4"]);
  });

  it("has a heading before each attempt of a log that it has from the first event", () => {
    const run = joined(0, { head: 5, status: "running", attempt: 3, began: 5 });

    apply(
      run,
      status("running"),
      status("failed"),
      status("running"),
      status("failed"),
      status("running"),
    );

    expect(texts(run)).toEqual(["Attempt 2", "Attempt 3"]);
    expect(run.attempt).toBe(3);
  });

  it("counts damaged events of the page as lost", () => {
    const run = joined(100, { head: 105, status: "running" });

    run.apply({ kind: "gap", from: 101, to: 102, reason: "damaged" });

    expect(run).toMatchObject({ status: "running", isComplete: true, counts: { lost: 2 } });
  });
});

describe("what agents have used", () => {
  const ours = (fields: object) => ({ metadata: { "realtime-widgets": fields } });
  const call = (id: string, tokens: number): AnyEvent[] =>
    ["STARTED", "FINISHED"].map((type) =>
      agent({
        type: `STEP_${type}`,
        stepName: "gpt",
        ...ours({ id, usage: { inputTokens: tokens } }),
      }),
    );
  const read = (run: Run) => spentBy(run.agents).usage.map(({ input_tokens }) => input_tokens);
  const work = agentWork({
    tools: 7,
    tally: {
      calls: [
        {
          n: 3,
          account: "run 0",
          agent: "planner",
          kind: "step",
          id: "old",
          usage: tokenUsage({ provider: null, model: null, input_tokens: 1_000 }),
          cost: null,
        },
      ],
      settled: [],
      ended: { usage: [], costs: [], is_lower_bound: false },
    },
    nodes: { kept: [agentNode({ n: 0, kind: "run", agent: "planner", id: "r" })], next_n: 4 },
  });

  it("is that of the state, in which the events of the page are", () => {
    const run = joined(100, { head: 102, agents: work });

    expect([run.agents?.tools, read(run)]).toEqual([7, [1_000]]);
    apply(run, ...call("old", 1_000));
    expect(read(run)).toEqual([1_000]);
    apply(run, ...call("new", 5));
    expect(read(run)).toEqual([1_005]);
  });

  it("is that of a run's own report for calls before the page too", () => {
    const run = joined(100, { head: 100, agents: work });

    apply(run, ...call("new", 5));
    apply(run, agent({ type: "RUN_FINISHED", runId: "r", usage: [{ inputTokens: 1_200 }] }));

    expect(read(run)).toEqual([1_200]);
  });

  it("does not change when earlier events are loaded, and begins again with an attempt", () => {
    const run = joined(100, { head: 100, attempt: 1, began: 1, agents: work });

    run.fill(page(99, call("older", 40)));
    expect(read(run)).toEqual([1_000]);
    apply(run, status("succeeded"), status("running"));
    expect(read(run)).toEqual([]);
  });
});

describe("loading older events", () => {
  it("puts their lines in their place and changes nothing else", () => {
    const run = joined(100, { head: 101, status: "succeeded", ended: AT, errors: 3 });
    apply(run, log("newest"));

    run.fill(page(99, [{ ...log("older 1"), level: "error" }, log("older 2")]));

    expect(texts(run)).toEqual(["older 1", "older 2", "newest"]);
    expect(run).toMatchObject({ status: "succeeded", seq: 101, counts: { errors: 3, lost: 0 } });
    expect(run.log.stretches[0]).toMatchObject({ first: 1, last: 98, lines: null });
  });

  it("loads a page in the middle, and then those around it", () => {
    const run = joined(10, { head: 11 });
    apply(run, log("11"));

    run.fill(page(5, [log("5"), log("6")]));
    expect(run.log.stretches.map(({ first, last }) => [first, last])).toEqual([
      [1, 4],
      [5, 6],
      [7, 10],
      [11, 11],
    ]);
    run.fill(
      page(
        7,
        [7, 8, 9, 10].map((n) => log(String(n))),
      ),
    );
    run.fill(
      page(
        1,
        [1, 2, 3, 4].map((n) => log(String(n))),
      ),
    );

    expect(texts(run)).toEqual(Array.from({ length: 11 }, (_, index) => String(index + 1)));
    expect(run.log.isWhole).toBe(true);
  });

  it("ignores events that are loaded already", () => {
    const run = joined(2, { head: 3 });
    apply(run, log("3"));
    run.fill(page(2, [log("2")]));

    run.fill(page(1, [log("1"), log("2"), log("3")]));

    expect(texts(run)).toEqual(["1", "2", "3"]);
  });

  it("has a heading before an attempt, with its number where it is known", () => {
    const run = joined(6, { head: 7, attempt: 3, began: 5 });
    apply(run, log("newest"));

    run.fill(
      page(1, [
        log("a"),
        status("failed"),
        status("running"),
        status("failed"),
        status("running"),
        log("b"),
      ]),
    );

    expect(texts(run)).toEqual(["a", "New attempt", "Attempt 3", "b", "newest"]);
  });

  it("marks what the server does not keep any more", () => {
    const run = joined(10, { head: 11 });
    apply(run, log("newest"));

    run.fill(
      page(1, [], { last: 10, kept: 6, events: [{ seq: 8, timestamp: AT, event: log("8") }] }),
    );

    expect(texts(run)).toEqual([
      "Starts here: 5 earlier events are not kept",
      "2 events lost: the history is damaged there",
      "8",
      "2 events lost: the history is damaged there",
      "newest",
    ]);
    expect(run.log.isWhole).toBe(true);
  });

  it("is void after a reset", () => {
    const run = joined(10, { head: 11 });
    run.apply({ kind: "reset", reason: "epoch" });

    run.fill(page(1, [log("of the old log")]));

    expect(texts(run)).toEqual(["The log was replaced by a new one."]);
  });
});

describe("earlier messages of agents", () => {
  const start = { type: "TEXT_MESSAGE_START", messageId: "m", role: "assistant" };
  const content = (delta: string) => ({ type: "TEXT_MESSAGE_CONTENT", messageId: "m", delta });

  it("continue into those that the view joined with", () => {
    const run = joined(2, { head: 3, messages: 3 });
    apply(run, agent(content("world")));
    const [shown] = run.timeline.nodes;

    run.fill(page(1, [agent(start), agent(content("hello "))]));
    apply(run, agent(content("!")));

    expect(run.timeline.nodes).toHaveLength(1);
    expect(run.timeline.nodes[0]).toMatchObject({ text: "hello world!", n: shown?.n });
    expect(run.olderThanTimeline).toBeNull();
  });

  it("are put before the first, whose number stays", () => {
    const run = joined(2, { head: 3, messages: 3 });
    apply(run, agent({ type: "CUSTOM", name: "newest" }));
    const n = run.timeline.nodes[0]?.n;

    run.fill(page(1, [agent({ type: "CUSTOM", name: "a" }), agent({ type: "CUSTOM", name: "b" })]));

    expect(run.timeline.nodes.map(({ title }) => title)).toEqual(["a", "b", "newest"]);
    expect(run.timeline.nodes.at(-1)?.n).toBe(n);
  });

  it("are not taken from a page that is not next to them", () => {
    const run = joined(10, { head: 11, messages: 3 });
    apply(run, agent({ type: "CUSTOM", name: "newest" }));

    run.fill(page(4, [agent({ type: "CUSTOM", name: "far" })]));

    expect(run.timeline.nodes).toHaveLength(1);
    expect(run.olderThanTimeline).toBe(10);
  });
});
