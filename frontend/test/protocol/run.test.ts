import { describe, expect, it } from "vitest";
import type { AnyEvent } from "../../src/protocol/messages.js";
import { Run } from "../../src/protocol/run.js";

const AT = "2026-11-22T21:58:00.000Z";

function apply(run: Run, events: AnyEvent[], timestamp = AT): Run {
  run.apply({ kind: "events", first: run.seq + 1, timestamp, events });
  return run;
}

const reduce = (...events: AnyEvent[]) => apply(new Run(), events);
const lines = (run: Run) => run.log.lines.map(({ kind, text }) => [kind, text]);
const status = (value: string, message: string | null = null): AnyEvent => ({
  type: "status_update",
  status: value,
  message,
});
const log = (message: string, fields = {}): AnyEvent => ({ type: "log", message, ...fields });

describe("status", () => {
  it("is pending until the run says otherwise", () => {
    expect(new Run()).toMatchObject({ status: "pending", isEmpty: true, hasEnded: false });
  });

  it("keeps its words and when it began and ended", () => {
    const run = apply(reduce(status("running")), [status("failed", "why")], "2026-11-22T21:59:00Z");

    expect(run).toMatchObject({ status: "failed", message: "why", hasEnded: true });
    expect((run.endedAt ?? 0) - (run.startedAt ?? 0)).toBe(60_000);
  });

  it("begins anew when an ended run is started again", () => {
    const run = reduce(status("running"), status("succeeded"));

    apply(run, [status("running")], "2026-11-22T22:00:00Z");

    expect(run).toMatchObject({ startedAt: Date.parse("2026-11-22T22:00:00Z"), endedAt: null });
  });

  it("goes on when a lost publisher comes back", () => {
    const run = reduce(status("running"), status("lost"));

    apply(run, [status("running")], "2026-11-22T22:00:00Z");

    expect(run).toMatchObject({ startedAt: Date.parse(AT), endedAt: null });
  });
});

describe("the log", () => {
  it("has a line for each line of a message, with level, source and time", () => {
    const run = reduce(log("a\nb", { level: "error", source: "x.py", time: 1_000.5 }));

    expect(run.log.lines).toMatchObject([
      { n: 0, text: "a", level: "error", source: "x.py", time: 1_000_500, isContinuation: false },
      { n: 1, text: "b", level: "error", source: "x.py", time: 1_000_500, isContinuation: true },
    ]);
  });

  it("has the server's time where the publisher gave none", () => {
    expect(reduce(log("a")).log.lines[0]?.time).toBe(Date.parse(AT));
  });

  it("counts messages by level", () => {
    const run = reduce(log("a\nb", { level: "error" }), log("c", { level: "error" }), log("d"));

    expect([run.log.count("error"), run.log.count("info"), run.log.count("debug")]).toEqual([
      2, 1, 0,
    ]);
  });

  it("shows an event of unknown type as a row of its own", () => {
    expect(lines(reduce({ type: "metric", name: "loss", value: 0.5 }))).toEqual([
      ["other", 'metric {"name":"loss","value":0.5}'],
    ]);
  });

  it.each([
    { type: "status_update", status: "dancing" },
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

  it("cuts what an event of unknown type holds", () => {
    expect(reduce({ type: "blob", data: "x".repeat(100_000) }).log.longest).toBeLessThan(2_100);
  });

  it("forgets its oldest lines beyond its bound, and says how many", () => {
    const run = new Run();

    for (let n = 0; n < 200; n++) apply(run, [log("x\n".repeat(1_001))]);

    expect(run.log.end).toBe(200_200);
    expect(run.log.lines.length).toBeLessThanOrEqual(200_000);
    expect(run.log.trimmed + run.log.lines.length).toBe(200_200);
    expect(run.log.lines[0]?.n).toBe(run.log.trimmed);
  });
});

describe("what is missing is a visible row", () => {
  it("for a gap", () => {
    const run = new Run();

    run.apply({ kind: "gap", from: 1, to: 1_234 });

    expect(lines(run)).toEqual([["notice", "1,234 events lost: the history was trimmed"]]);
    expect(run.seq).toBe(1_234);
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
  });

  it("for a reset, and nothing of what came before it is left", () => {
    const run = reduce(status("running"), log("old"), {
      type: "build_progress",
      task: "t",
      current: 1,
    });

    run.apply({ kind: "reset", reason: "ahead" });

    expect(lines(run)).toEqual([
      ["notice", "The log began anew: the server has lost events that were shown here."],
    ]);
    expect(run).toMatchObject({ status: "pending", startedAt: null, seq: 0, lastEvent: null });
    expect(run.tasks.size).toBe(0);
  });

  it("for something that this view sent and the server refused", () => {
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
  it("is the number of the last event, which a direct event does not move", () => {
    const run = reduce(log("a"), log("b"));

    run.apply({ kind: "direct", event: log("for you") });

    expect(run.seq).toBe(2);
    expect(run.lastEvent).toMatchObject({ message: "b", seq: 2, timestamp: AT });
    expect(run.log.end).toBe(3);
  });

  it("grows its version with every notice", () => {
    const run = reduce(log("a"));
    const before = run.version;

    apply(run, [log("b")]);

    expect(run.version).toBeGreaterThan(before);
  });
});

it("twenty thousand events of every kind cost about the same each", () => {
  const run = new Run();
  const kinds: ((n: number) => AnyEvent)[] = [
    (n) => log(`\x1b[32mline\x1b[0m ${n}`),
    (n) => ({ type: "build_progress", task: `task ${n % 500}`, current: n }),
    (n) => agent({ type: "TEXT_MESSAGE_CONTENT", messageId: `m${n % 5_000}`, delta: "token " }),
    (n) => ({ type: "metric", n }),
  ];
  const began = performance.now();

  for (let n = 0; n < 20_000; n++) {
    const make = kinds[n % kinds.length];
    if (make) apply(run, [make(n)]);
  }

  expect(run.seq).toBe(20_000);
  // Some 100 ms; quadratic would be minutes.
  expect(performance.now() - began).toBeLessThan(5_000);

  function agent(event: { type: string; [name: string]: unknown }): AnyEvent {
    return { type: "agent_message", agent: "a", event };
  }
});
