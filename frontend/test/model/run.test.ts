import { describe, expect, it } from "vitest";
import { runState, taskState } from "../../dev/run-state.js";
import { Run } from "../../src/model/run.js";
import type { RunState } from "../../src/protocol/messages.gen.js";
import type { AnyEvent } from "../../src/protocol/messages.js";
import { cpuMs } from "../cost.js";

const AT = "2026-11-22T21:58:00.000Z";

function apply(run: Run, events: AnyEvent[], timestamp = AT): Run {
  run.apply({ kind: "events", first: run.seq + 1, timestamp, events });
  return run;
}

const reduce = (...events: AnyEvent[]) => apply(new Run(), events);
const lines = (run: Run) => run.log.lines.map(({ kind, text }) => [kind, text]);
const status = (value: string, message: string | null = null, fields = {}): AnyEvent => ({
  type: "status_update",
  status: value,
  message,
  ...fields,
});
const start = (attempt: string) => status("running", null, { attempt });
const progress = (task: string, current: number, fields = {}): AnyEvent => ({
  type: "build_progress",
  task,
  current,
  ...fields,
});
const log = (message: string, fields = {}): AnyEvent => ({ type: "log", message, ...fields });

describe("status", () => {
  it("is pending before the first status", () => {
    expect(new Run()).toMatchObject({ status: "pending", isEmpty: true, isFinished: false });
  });

  it("keeps its message, its start and its end", () => {
    const run = apply(reduce(status("running")), [status("failed", "why")], "2026-11-22T21:59:00Z");

    expect(run).toMatchObject({ status: "failed", message: "why", isFinished: true });
    expect((run.endedAt ?? 0) - (run.startedAt ?? 0)).toBe(60_000);
  });
});

describe("an attempt", () => {
  it.each([
    ["the first running", [start("a")], 1],
    ["a running after an end", [start("a"), status("failed"), status("running")], 2],
    ["another id", [start("a"), start("b")], 2],
    ["an id where there was none", [status("running"), start("b")], 2],
    ["another id after the publisher was lost", [start("a"), status("lost"), start("b")], 2],
    ["no id after the publisher was lost", [start("a"), status("lost"), status("running")], 2],
    [
      "an end that was followed by a question",
      [start("a"), status("failed"), status("needs_input"), status("running")],
      2,
    ],
  ])("begins with %s", (_, events, attempt) => {
    expect(reduce(...events).attempt).toBe(attempt);
  });

  it.each([
    ["the same id", [start("a"), start("a")]],
    ["no id", [start("a"), status("running")]],
    ["no id after a question", [start("a"), status("needs_input"), status("running")]],
    ["the same id after the publisher was lost", [start("a"), status("lost"), start("a")]],
  ])("is continued by %s", (_, events) => {
    const run = reduce(...events.slice(0, 1));

    apply(run, events.slice(1), "2026-11-22T22:00:00Z");

    expect(run).toMatchObject({ attempt: 1, startedAt: Date.parse(AT), stoppedAt: null });
  });

  it("resets tasks, counts and time, from the second one on", () => {
    const run = reduce(
      start("a"),
      log("bad", { level: "error" }),
      { type: "build_progress", task: "t", current: 1 },
      { type: "dropped", count: 3, reason: "buffer_full" },
      status("failed"),
    );
    expect(run).toMatchObject({ counts: { errors: 1, lost: 3 } });

    apply(run, [start("b")], "2026-11-22T22:00:00Z");

    expect(run).toMatchObject({ endedAt: null, counts: { errors: 0, lost: 0 } });
    expect(run.startedAt).toBe(Date.parse("2026-11-22T22:00:00Z"));
    expect(run.tasks.size).toBe(0);
  });

  it("is separated from the previous one by a divider", () => {
    const part = { type: "TEXT_MESSAGE_CONTENT", messageId: "m", delta: "a" };
    const message = { type: "agent_message", agent: "planner", event: part } as const;
    const run = reduce(start("a"), log("old"), message);

    apply(run, [start("b"), log("new"), message], "2026-11-22T22:00:00Z");

    expect(lines(run)).toEqual([
      ["log", "old"],
      ["divider", "Attempt 2"],
      ["log", "new"],
    ]);
    expect(run.log.lines[1]?.time).toBe(Date.parse("2026-11-22T22:00:00Z"));
    expect(run.timeline.nodes.map(({ kind, title, text }) => [kind, title, text])).toEqual([
      ["message", "", "a"],
      ["divider", "Attempt 2", ""],
      ["message", "", "a"],
    ]);
  });
});

describe("the state that the server sends", () => {
  const LATER = "2026-11-22T22:10:00.000Z";
  const EARLIER = "2026-11-22T21:50:00.000Z";

  function skip(run: Run, to: number, reason = "trimmed"): Run {
    run.apply({ kind: "gap", from: run.seq + 1, to, reason });
    return run;
  }

  function sendState(run: Run, state: Partial<RunState>): Run {
    run.apply({ kind: "state", state: runState(state) });
    return run;
  }

  const names = ({ tasks }: Run) => tasks.tree().map(({ name }) => name);
  const first = ({ tasks }: Run) => tasks.tree()[0];

  it("is pending until the position reaches its head, where events were reduced before it", () => {
    const run = apply(new Run(), [log("before")]);
    sendState(skip(run, 10, "damaged"), {
      head: 12,
      status: "needs_input",
      message: "why",
      attempt: 3,
      started: EARLIER,
      errors: 4,
      dropped: 5,
      tasks: [taskState({ task: "t", total: 2, unit: "s" })],
    });

    apply(run, [log("a")]);
    expect(run).toMatchObject({
      seq: 11,
      isComplete: false,
      startedAt: null,
      counts: { errors: 0 },
    });
    apply(run, [log("b")]);

    expect(run).toMatchObject({
      seq: 12,
      isComplete: true,
      status: "needs_input",
      message: "why",
      attempt: 3,
      startedAt: Date.parse(EARLIER),
      endedAt: null,
      counts: { errors: 4, lost: 14 },
    });
    expect(first(run)).toMatchObject({ state: { task: "t", current: 1, total: 2, unit: "s" } });
  });

  it("does not change the log and the timeline", () => {
    const run = sendState(skip(new Run(), 10), { head: 11, attempt: 3 });

    apply(run, [log("a")]);

    expect(lines(run).map(([kind]) => kind)).toEqual(["notice", "log"]);
    expect(run.timeline.nodes).toEqual([]);
  });

  it("is applied at once where the position has reached its head", () => {
    const run = sendState(skip(new Run(), 10), { head: 10, status: "succeeded", ended: LATER });

    expect(run).toMatchObject({
      status: "succeeded",
      isFinished: true,
      endedAt: Date.parse(LATER),
    });
  });

  it("is applied between two events of one batch", () => {
    const run = sendState(skip(new Run(), 10), { head: 11, status: "needs_input" });

    apply(run, [log("a"), status("succeeded"), log("b")], LATER);

    expect(run).toMatchObject({ status: "succeeded", endedAt: Date.parse(LATER), seq: 13 });
  });

  it("replaces the effect of events before its head", () => {
    const run = sendState(skip(new Run(), 10), {
      head: 12,
      status: "succeeded",
      ended: AT,
      errors: 1,
    });

    apply(run, [status("running"), log("bad", { level: "error" })]);

    expect(run).toMatchObject({ status: "succeeded", attempt: 1, counts: { errors: 1 } });
  });

  it("is replaced by a newer one", () => {
    const run = sendState(skip(new Run(), 10), { head: 10, status: "running" });

    sendState(skip(apply(run, [log("x")]), 12, "damaged"), {
      head: 14,
      status: "cancelled",
      ended: AT,
    });
    apply(run, [log("a")]);
    expect(run.isComplete).toBe(false);
    apply(run, [log("b")]);

    expect(run).toMatchObject({ status: "cancelled", isComplete: true });
  });

  it("is applied where a gap contains its head, but the run stays incomplete", () => {
    const run = sendState(skip(new Run(), 10), { head: 12, status: "running", attempt: 2 });

    skip(run, 20, "damaged");

    expect(run).toMatchObject({ status: "running", attempt: 2, isComplete: false });
    sendState(run, { head: 20, status: "failed", attempt: 2, ended: AT });
    expect(run).toMatchObject({ status: "failed", isComplete: true });
  });

  it("is ignored where later events were applied", () => {
    const run = apply(skip(new Run(), 10), [log("a"), status("succeeded")]);

    sendState(run, { head: 11, status: "running" });

    expect(run.status).toBe("succeeded");
  });

  it("is discarded by a reset", () => {
    const run = sendState(skip(new Run(), 10), { head: 12, status: "failed", ended: AT });

    run.apply({ kind: "reset", reason: "epoch" });
    apply(run, [log("a"), log("b"), ...Array.from({ length: 20 }, () => log("c"))]);

    expect(run).toMatchObject({ status: "pending", endedAt: null, isComplete: true });
  });

  it("of a lost run has the time when its publisher was last seen", () => {
    const at = Date.parse(EARLIER);
    const lost = { head: 10, status: "lost", started: EARLIER } as const;

    const run = sendState(skip(new Run(), 10), { ...lost, last_seen: at / 1000 + 9 });

    expect(run).toMatchObject({ status: "lost", lastSeen: at + 9_000, stoppedAt: at + 9_000 });
    expect(sendState(skip(new Run(), 10), { ...lost, updated: LATER }).stoppedAt).toBe(
      Date.parse(LATER),
    );
  });

  it("with a status unknown to this version changes everything else", () => {
    const run = sendState(skip(apply(new Run(), [status("running")]), 10), {
      head: 10,
      status: "dancing" as RunState["status"],
      attempt: 7,
    });

    expect(run).toMatchObject({ status: "running", attempt: 7 });
  });

  describe("and a later attempt", () => {
    const members = (...ids: (string | null)[]): RunState["members"] => ({
      left: ids.map((id) => {
        return {
          id,
          status: "running",
          message: null,
          is_lost: false,
          last_seen: null,
          cause: null,
        };
      }),
      outcome: null,
      ended_last: null,
    });
    const adopted = (fields: Partial<RunState> = {}) =>
      sendState(skip(new Run(), 10), {
        head: 10,
        status: "running",
        attempt: 6,
        members: members("f"),
        started: EARLIER,
        ...fields,
      });

    it.each([
      ["the same id continues", {}, start("f"), 6],
      ["no id continues", {}, status("running"), 6],
      ["another id begins", {}, start("g"), 7],
      [
        "no id after an end begins",
        { status: "failed", ended: AT, members: members() },
        status("running"),
        7,
      ],
      ["an id where there was none begins", { members: members(null) }, start("g"), 7],
      ["no id where none had begun begins", { attempt: 0, members: members(null) }, start("a"), 1],
    ] as const)("with %s", (_, fields, event, attempt) => {
      expect(apply(adopted(fields), [event]).attempt).toBe(attempt);
    });

    it("is numbered", () => {
      const run = apply(adopted(), [start("g")], LATER);

      expect(lines(run).at(-1)).toEqual(["divider", "Attempt 7"]);
      expect(run).toMatchObject({ startedAt: Date.parse(LATER), counts: { errors: 0, lost: 0 } });
    });

    it("has no number while it is not known", () => {
      const run = sendState(skip(apply(new Run(), [start("a")]), 10), { head: 12, attempt: 9 });

      apply(run, [start("i"), log("a")]);

      expect(lines(run).map(([, text]) => text)).toContain("New attempt");
      expect(run.attempt).toBe(9);
    });
  });

  it("makes the status known where the beginning of the log is missing, and so does an event", () => {
    const run = apply(skip(new Run(), 10), [log("a")]);
    expect(run.isStatusKnown).toBe(false);

    expect(sendState(run, { head: 11, status: "pending" }).isStatusKnown).toBe(true);
    expect(apply(skip(new Run(), 10), [status("running")]).isStatusKnown).toBe(true);
    expect(new Run().isStatusKnown).toBe(true);
  });

  it("counts up to the largest safe integer", () => {
    const dropped = { type: "dropped", count: Number.MAX_SAFE_INTEGER, reason: "refused" };
    const run = skip(reduce(dropped, dropped), 12);

    expect(run.counts.lost).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("adds up missed and dropped events", () => {
    const run = apply(new Run(), [start("a"), { type: "dropped", count: 2, reason: "refused" }]);

    sendState(skip(run, 12), { head: 12, dropped: 5 });

    expect(run.counts.lost).toBe(15);
  });

  describe("and its tasks", () => {
    const task = (name: string, current: number) => taskState({ task: name, current, total: 9 });
    const began = { started: AT, attempt: 1 } as const;

    it("replace the known ones, in their order", () => {
      const run = apply(new Run(), [start("a"), progress("gone", 1), progress("b", 1)]);

      sendState(skip(run, 10), {
        ...began,
        head: 10,
        tasks: [task("a", 1), task("b", 4), { ...task("c", 1), parents: ["a"] }],
      });

      expect(names(run)).toEqual(["a", "b"]);
      expect(run.tasks.size).toBe(3);
    });

    it("keep the rate of tasks of which no report is missing", () => {
      const run = apply(new Run(), [start("a"), progress("t", 2), progress("u", 2)]);
      apply(run, [progress("t", 4), progress("u", 4)], "2026-11-22T21:58:09.000Z");

      sendState(skip(run, 10), { ...began, head: 10, tasks: [task("t", 4), task("u", 8)] });

      const [same, other] = run.tasks.tree();
      expect(same?.pace?.perSecond).toBeCloseTo(2 / 9);
      expect(other).toMatchObject({ state: { current: 8 }, pace: { perSecond: null } });
    });

    it("restart the rate with the next report where one is missing", () => {
      const run = sendState(skip(new Run(), 10), { ...began, head: 10, tasks: [task("t", 4)] });

      apply(run, [progress("t", 5)]);
      apply(run, [progress("t", 7)], LATER);

      expect(first(run)?.pace?.perSecond).toBeCloseTo(
        (2 / (Date.parse(LATER) - Date.parse(AT))) * 1000,
      );
    });

    it("have no rate from another attempt", () => {
      const run = apply(new Run(), [start("a"), progress("t", 0)]);

      sendState(skip(run, 10), { head: 10, attempt: 2, started: LATER, tasks: [task("t", 0)] });

      expect(first(run)).toMatchObject({ state: { current: 0 }, pace: { perSecond: null } });
    });
  });
});

describe("a lost run", () => {
  const lost = status("lost", "machine words", { last_seen: Date.parse(AT) / 1000 + 60 });
  const clock = (time: number) => new Date(time).toTimeString().slice(0, 8);

  it("stops its time when its publisher was last seen", () => {
    const run = apply(reduce(start("a")), [lost], "2026-11-22T22:00:00Z");

    expect(run).toMatchObject({
      status: "lost",
      isFinished: true,
      stoppedAt: Date.parse(AT) + 60_000,
    });
  });

  it("notes in the log when contact was lost and when it was back", () => {
    const run = apply(reduce(start("a")), [lost, lost, log("still"), status("needs_input")]);

    expect(lines(run)).toEqual([
      ["note", `Lost contact with the publisher; last seen ${clock(Date.parse(AT) + 60_000)}`],
      ["log", "still"],
      ["note", "The publisher is back"],
    ]);
    expect(run.log.lines.map(({ level }) => level)).toEqual(["info", "info", "info"]);
    expect(run).toMatchObject({ status: "needs_input", lastSeen: null, stoppedAt: null });
  });

  it("that is started again has a divider, and no note that the publisher is back", () => {
    const run = reduce(start("a"), lost, start("b"));

    expect(lines(run).at(-1)).toEqual(["divider", "Attempt 2"]);
    expect(lines(run)).toHaveLength(2);
  });

  it("can be lost when it needed input after its end", () => {
    expect(reduce(start("a"), status("succeeded"), status("needs_input"), lost).status).toBe(
      "lost",
    );
  });

  it("gets its status back only while it is lost", () => {
    const back = status("running", "epoch 3", { back: true });

    expect(reduce(start("a"), lost, back)).toMatchObject({ status: "running", attempt: 1 });
    for (const later of ["succeeded", "needs_input"]) {
      const run = reduce(start("a"), lost, status(later, "later"), back);
      expect(run).toMatchObject({ status: later, message: "later", attempt: 1 });
    }
  });

  it("notes that one of several publishers is lost, and back, while others continue", () => {
    const seen = { last_seen: Date.parse(AT) / 1000 };
    const both = [start("a"), status("running", null, { attempt: "b", joins: "a" })];
    const oneLost = status("lost", "machine words", { attempt: "b", ...seen });

    const run = reduce(...both, oneLost, status("running", null, { attempt: "b", back: true }));

    expect(lines(run)).toEqual([
      [
        "note",
        expect.stringMatching(/^Lost contact with one of 2 publishers; last seen [\d:]{8}$/),
      ],
      ["note", "One of 2 publishers is back"],
    ]);
    expect(run).toMatchObject({ status: "running", lastSeen: null, attempt: 1 });
  });

  it("is not lost after its end", () => {
    const ended = reduce(start("a"), status("succeeded", "done"), lost);

    expect(ended).toMatchObject({ status: "succeeded", message: "done", lastSeen: null });
    expect(ended.log.end).toBe(0);
  });

  it.each([{ last_seen: null }, { last_seen: 9e15 }, {}])(
    "without a time stops when the loss was reported: %j",
    (fields) => {
      expect(reduce(start("a"), status("lost", null, fields)).stoppedAt).toBe(Date.parse(AT));
    },
  );
});

describe("the log", () => {
  it("has a line for each line of a message, with level, source and time", () => {
    const run = reduce(log("a\nb", { level: "error", source: "x.py", time: 1_000.5 }));

    expect(run.log.lines).toMatchObject([
      { n: 1, text: "a", level: "error", source: "x.py", time: 1_000_500, part: 0 },
      { n: 2, text: "b", level: "error", source: "x.py", time: 1_000_500, part: 1 },
    ]);
  });

  it("has the server's time where the event has none", () => {
    expect(reduce(log("a")).log.lines[0]?.time).toBe(Date.parse(AT));
  });

  it("knows its warnings and errors by their events", () => {
    const run = reduce(log("a\nb", { level: "error" }), log("c"), log("d", { level: "critical" }));

    expect([run.log.severe.seqs("error"), run.log.severe.count("warning")]).toEqual([[1, 3], 0]);
  });

  it("shows an event of unknown type as a separate row", () => {
    expect(lines(reduce({ type: "metric", name: "loss", value: 0.5 }))).toEqual([
      ["other", 'metric {"name":"loss","value":0.5}'],
    ]);
  });

  it.each([
    { type: "status_update", status: "dancing" },
    { type: "status_update", status: "lost", last_seen: "yesterday" },
    { type: "log", message: 7 },
    { type: "log", message: "m", level: { toString: 1 } },
    { type: "build_progress", task: "t", current: "three" },
    { type: "agent_message", agent: "a", event: "text" },
    { type: "dropped", count: null, reason: "refused" },
    { type: "__proto__" },
    { type: "constructor", message: "x" },
  ] as AnyEvent[])("shows an event of wrong shape without breaking: %j", (event) => {
    expect(reduce(event).log.lines).toHaveLength(1);
  });

  it("cuts the content of an event of unknown type", () => {
    expect(reduce({ type: "blob", data: "x".repeat(100_000) }).log.longest).toBeLessThan(2_100);
  });

  it("removes its oldest lines beyond its bound, and counts them", () => {
    const run = new Run();

    for (let n = 0; n < 200; n++) apply(run, [log("x\n".repeat(1_001))]);

    expect(run.log.end).toBe(200_200);
    expect(run.log.loaded).toBeLessThanOrEqual(200_000);
    expect(run.log.stretches[0]?.forgotten).toBe(200_200 - run.log.loaded);
    expect(run.log.lines).toHaveLength(run.log.loaded);
  });
});

describe("missing events are a visible row", () => {
  it.each([
    ["trimmed", "the history was trimmed"],
    ["damaged", "the history is damaged there"],
    ["eaten", "the server does not keep them"],
  ])("for a gap because it is %s", (reason, why) => {
    const run = reduce(log("a"));

    run.apply({ kind: "gap", from: 2, to: 1_235, reason });

    expect(lines(run).at(-1)).toEqual(["notice", `1,234 events lost: ${why}`]);
    expect(run.log.lines.at(-1)?.level).toBe("warning");
    expect(run).toMatchObject({ seq: 1_235, counts: { lost: 1_234 } });
  });

  it("of level info where they were trimmed before the view was opened", () => {
    const run = new Run();

    run.apply({ kind: "gap", from: 1, to: 1_234, reason: "trimmed" });

    expect(run.log.lines).toMatchObject([
      {
        kind: "notice",
        level: "info",
        text: "Starts here: 1,234 earlier events are not kept",
      },
    ]);
    expect(run).toMatchObject({ seq: 1_234, counts: { lost: 0 } });
  });

  it("of level warning where the beginning is damaged", () => {
    const run = new Run();

    run.apply({ kind: "gap", from: 1, to: 1, reason: "damaged" });

    expect(lines(run)).toEqual([["notice", "1 event lost: the history is damaged there"]]);
    expect(run.counts.lost).toBe(1);
  });

  it("for events that were dropped before they were stored", () => {
    const run = reduce(
      { type: "dropped", count: 1, reason: "buffer_full" },
      { type: "dropped", count: 2, reason: "refused", message: "level: is wrong" },
    );

    expect(lines(run)).toEqual([
      ["notice", "1 event lost: the publisher's buffer was full"],
      ["notice", "2 events lost: they were refused (level: is wrong)"],
    ]);
    expect(run.counts.lost).toBe(3);
  });

  it("for a reset, which clears everything before it", () => {
    const run = reduce(
      start("a"),
      log("old", { level: "error" }),
      { type: "build_progress", task: "t", current: 1 },
      { type: "dropped", count: 1, reason: "buffer_full" },
      status("lost"),
    );

    run.apply({ kind: "reset", reason: "ahead" });

    expect(lines(run)).toEqual([
      ["notice", "The log was replaced: the server has lost events that were shown here."],
    ]);
    expect(run).toMatchObject({ status: "pending", startedAt: null, seq: 0, lastEvent: null });
    expect(run).toMatchObject({ attempt: 0, lastSeen: null, counts: { errors: 0, lost: 0 } });
    expect(run.tasks.size).toBe(0);
  });

  it("for a run that is gone", () => {
    const run = reduce(log("old"));

    run.apply({ kind: "reset", reason: "epoch", isGone: true });

    expect(lines(run)).toEqual([
      ["notice", "This run is gone: it was deleted, or the server has lost its history."],
    ]);
  });

  it("for an event of this view that the server refused", () => {
    const run = new Run();

    run.apply({ kind: "refused", n: 1, code: "bad_field", message: "is wrong" });
    run.apply({ kind: "error", code: "unknown_type", message: "no such type" });

    expect(lines(run)).toEqual([
      ["notice", "The server refused what you sent: is wrong"],
      ["notice", "The server could not use a message of this view: no such type"],
    ]);
  });
});

describe("the position", () => {
  it("is the number of the last event, not counting direct events", () => {
    const run = reduce(log("a"), log("b"));

    run.apply({ kind: "direct", event: log("for you") });

    expect(run.seq).toBe(2);
    expect(run.lastEvent).toMatchObject({ message: "b", seq: 2, timestamp: AT });
    expect(run.log.end).toBe(3);
  });

  it("has a version that grows with every notice", () => {
    const run = reduce(log("a"));
    const before = run.version;

    apply(run, [log("b")]);

    expect(run.version).toBeGreaterThan(before);
  });
});

it("twenty thousand events of every kind take linear time", () => {
  const run = new Run();
  const kinds: ((n: number) => AnyEvent)[] = [
    (n) => log(`\x1b[32mline\x1b[0m ${n}`),
    (n) => ({ type: "build_progress", task: `task ${n % 500}`, current: n }),
    (n) => agent({ type: "TEXT_MESSAGE_CONTENT", messageId: `m${n % 5_000}`, delta: "token " }),
    (n) => ({ type: "metric", n }),
  ];
  const before = cpuMs();

  for (let n = 0; n < 20_000; n++) {
    const make = kinds[n % kinds.length];
    if (make) apply(run, [make(n)]);
  }

  expect(run.seq).toBe(20_000);
  // About 100 ms; quadratic time would be minutes.
  expect(cpuMs() - before).toBeLessThan(5_000);

  function agent(event: { type: string; [name: string]: unknown }): AnyEvent {
    return { type: "agent_message", agent: "a", event };
  }
});

it("a listener gets each event that comes, with its number, and none that is filled in", () => {
  const run = new Run();
  const seen: AnyEvent[] = [];
  run.listeners.add((event) => seen.push(event));
  run.apply({ kind: "gap", from: 1, to: 1, reason: "skipped" });

  apply(run, [log("a"), log("b")]);
  run.apply({ kind: "direct", event: log("to this page") });
  const old = { seq: 1, timestamp: AT, event: log("old") };
  run.fill({ first: 1, last: 1, kept: 1, events: [old] });

  expect(seen).toEqual([
    { ...log("a"), seq: 2, timestamp: AT },
    { ...log("b"), seq: 3, timestamp: AT },
    log("to this page"),
  ]);
});
