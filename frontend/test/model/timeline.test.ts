import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import transcripts from "../../../tests/vectors/transcript.json" with { type: "json" };
import { durationOf, type TimelineNode } from "../../src/model/timeline/node.js";
import { MAX_NODES, MAX_TEXT } from "../../src/model/timeline/node-store.js";
import { Timeline } from "../../src/model/timeline.js";
import { stateOf } from "../../src/view/node-state.js";

type Event = Record<string, unknown>;

interface Message {
  role: string;
  content?: unknown;
  toolCalls?: { id: string; function: { name: string; arguments: string } }[];
  toolCallId?: string;
  activityType?: string;
}

interface Vector {
  name: string;
  events: Event[];
  expected: { messages: Message[]; state: unknown };
  /** Counts, as the state of the run has them. */
  work: Record<string, unknown>;
}

const FOLDER = "../tests/vectors/agui";
const VECTORS: Vector[] = readdirSync(FOLDER).map((name) => ({
  name: name.replace(".json", ""),
  ...(JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as Omit<Vector, "name">),
}));

/** A timeline of these events, of which each is made a second after the one before. */
function read(events: readonly Event[], agent = "planner"): Timeline {
  const timeline = new Timeline();
  for (const [index, event] of events.entries()) add(timeline, event, index * 1_000, agent);
  return timeline;
}

function add(timeline: Timeline, event: Event, time: number | null = 0, agent = "planner"): void {
  const made = time === null ? null : time / 1_000;
  timeline.add({ agent, event, time: made } as Parameters<Timeline["add"]>[0], time);
}

const resultOf = ({ result }: TimelineNode): unknown => result;

/** What both reducers know: texts by role, tool calls with their results, activities. */
function projection(timeline: Timeline): string[] {
  const rows = timeline.nodes.flatMap((node): unknown[] => {
    switch (node.kind) {
      case "message":
      case "reasoning":
        return node.text === "" ? [] : [[node.role || "reasoning", node.text]];
      case "tool":
        return [["tool", node.title, node.args, resultOf(node)]];
      case "activity":
        return [["activity", node.title, node.data]];
      default:
        return [];
    }
  });
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

function expectedProjection(messages: readonly Message[]): string[] {
  const results = new Map(messages.map((one) => [one.toolCallId, one.content]));
  const rows = messages.flatMap((message): unknown[] => {
    const { role, content, toolCalls = [] } = message;
    if (role === "tool") return [];
    if (role === "activity") return [["activity", message.activityType, content]];
    const calls = toolCalls.map((call) => [
      "tool",
      call.function.name,
      call.function.arguments,
      results.get(call.id) ?? null,
    ]);
    return content ? [[role, content], ...calls] : calls;
  });
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

/** What a timeline and the state of a run both count. */
function countsOf({ nodes }: Timeline): Record<string, number> {
  const count = (kind: string) => nodes.filter((node) => node.kind === kind).length;
  const failed = (kind: string) =>
    nodes.filter((node) => node.kind === kind && node.error !== null).length;
  return {
    tools: count("tool"),
    failed_tools: failed("tool"),
    steps: count("step"),
    failed_steps: failed("step"),
  };
}

describe.each(VECTORS)("the stream $name", ({ events, expected, work }) => {
  it("has the counts of the run's state", () => {
    expect(work).toMatchObject(countsOf(read(events)));
  });

  it("has the messages, tool calls and state that the reference client has", () => {
    const timeline = read(events);

    const hasSnapshot = events.some(({ type }) => type === "MESSAGES_SNAPSHOT");
    const ours = projection(timeline);
    const theirs = expectedProjection(expected.messages);
    // A snapshot of messages removes what it does not have from theirs, and nothing from ours.
    if (hasSnapshot) expect(ours).toEqual(expect.arrayContaining(theirs));
    else expect(ours).toEqual(theirs);
    expect(timeline.states.get("planner")?.value ?? {}).toEqual(expected.state);
  });

  it("may be joined at any event, and has nothing open after its end", () => {
    for (const first of events.keys()) {
      const timeline = read(events.slice(first));

      expect(timeline.nodes.filter(({ isOpen }) => isOpen)).toEqual([]);
    }
  });

  it.each(["RUN_FINISHED", "RUN_ERROR"])("has nothing open when %s comes early", (type) => {
    for (const end of events.keys()) {
      const timeline = read([...events.slice(0, end), { type }]);

      expect(timeline.nodes.filter(({ isOpen }) => isOpen)).toEqual([]);
    }
  });

  it("is the same when its first half is added later", () => {
    const half = Math.floor(events.length / 2);
    const whole = read(events);
    const later = new Timeline();
    const earlier = new Timeline();
    for (const timeline of [later, earlier]) timeline.keepEvents();
    for (const [index, event] of events.entries()) {
      add(index < half ? earlier : later, event, index * 1_000);
    }
    const shift = later.nodes.length - whole.nodes.length;

    later.prepend(earlier);

    const renumbered = later.nodes.map((node) => ({
      ...node,
      n: node.n - shift,
      parent: node.parent === null ? null : node.parent - shift,
      run: node.run === null ? null : node.run - shift,
    }));
    expect(renumbered).toEqual(whole.nodes);
  });
});

/** What the snapshot of a saved notebook shows too; tests/vectors/README.md has the format. */
const IN_SNAPSHOTS = ["message", "reasoning", "tool", "step", "subagent"];

function statesOf(node: TimelineNode) {
  const [state, over] = [stateOf(node, true), stateOf(node, false)];
  return state === over ? { state } : { state, over };
}

describe("the view and the snapshot have the same messages and tool calls", () => {
  it.each(transcripts.vectors)("$name", ({ given, then }) => {
    const timeline = new Timeline();
    for (const { agent, event } of given) add(timeline, event, 0, agent);

    // A snapshot has no sub-agent whose start it does not know.
    const nodes = timeline.nodes.filter(
      ({ kind, hasStart }) => IN_SNAPSHOTS.includes(kind) && (kind !== "subagent" || hasStart),
    );
    const entries = nodes.map((node) => ({
      kind: node.kind,
      agent: node.agent,
      title: node.kind === "message" ? node.role : node.title,
      text: node.kind === "tool" ? node.args : node.text,
      result: Array.isArray(node.result) ? JSON.stringify(node.result) : node.result,
      error: node.error,
      ...statesOf(node),
    }));
    expect(entries).toEqual(then.filter(({ kind }) => IN_SNAPSHOTS.includes(kind)));
  });
});

it("no event throws, with any values in its fields", () => {
  const random = generator(20_261_129);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const deep: unknown = Array.from({ length: 20 }).reduce((inner) => [{ a: inner }], 1);
  const values = [null, undefined, 0, -1, 1e300, "", "x", true, [], {}, [[]], deep, "__proto__"];
  const patch = [{ op: "add", path: "/__proto__/x", value: 1 }];
  const events = VECTORS.flatMap((vector) => vector.events);
  const timeline = new Timeline();

  for (let n = 0; n < 10_000; n += 1) {
    const event = structuredClone(pick(events));
    const name = pick(Object.keys(event));
    if (random() < 0.3) delete event[name];
    else if (random() < 0.7) event[name] = pick(values);
    if (random() < 0.1) event["metadata"] = { "realtime-widgets": pick(values) };
    if (random() < 0.1) event["delta"] = patch;
    if (random() < 0.1) event[pick(["id", "runId", "subagentRunId", "role"])] = pick(values);
    if (n % 1_000 === 999) timeline.breakOff();
    add(timeline, event, pick([null, n]), pick(["planner", "coder"]));
  }

  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  expect(timeline.nodes.length).toBeLessThanOrEqual(MAX_NODES);
  expect(timeline.added).toBe(10_000);
});

describe("a tool call", () => {
  const call = (id: string, fields: Event = {}): Event[] => [
    { type: "TOOL_CALL_START", toolCallId: id, toolCallName: "sql" },
    { type: "TOOL_CALL_END", toolCallId: id },
    { type: "TOOL_CALL_RESULT", toolCallId: id, content: "rows", ...fields },
  ];
  const ours = (fields: Event): Event => ({ metadata: { "realtime-widgets": fields } });

  it.each([
    ["an error", { error: "no such table" }, "no such table"],
    ["an empty error", { error: "" }, ""],
    ["an error in its metadata", ours({ error: "no such table" }), "no such table"],
    ["a mark of failure in its metadata", ours({ error: true }), ""],
  ])("with %s has failed", (_, fields, error) => {
    expect(read(call("1", fields)).nodes).toMatchObject([{ error, outcome: null, isOpen: false }]);
  });

  it("with a result is answered, and succeeded only where the publisher reported success", () => {
    const { nodes } = read([...call("1"), ...call("2", ours({ error: false }))]);

    expect(nodes).toMatchObject([
      { error: null, outcome: null, result: "rows" },
      { error: null, outcome: "success", result: "rows" },
    ]);
  });

  it("has failed where a snapshot has its error", () => {
    const messages = [{ role: "tool", id: "m", toolCallId: "1", content: "", error: "refused" }];

    const { nodes } = read([...call("1"), { type: "MESSAGES_SNAPSHOT", messages }]);

    expect(nodes).toMatchObject([{ error: "refused", endedAt: 2_000 }]);
  });

  it("ran from the end of its arguments to its result", () => {
    const [node] = read(call("1")).nodes;

    expect(node && durationOf(node)).toBe(1_000);
  });

  it("whose arguments or result are not in the log has no duration", () => {
    const [start, end, result] = call("1") as [Event, Event, Event];

    for (const events of [[start, result], [result], [start, end, { type: "RUN_ERROR" }]]) {
      const [node] = read(events).nodes;
      expect(node && durationOf(node)).toBeNull();
    }
  });

  it("whose events have no times of their own has no duration", () => {
    const timeline = new Timeline();
    for (const event of call("1")) {
      timeline.add({ agent: "planner", event } as Parameters<Timeline["add"]>[0], 1_000);
    }

    const [node] = timeline.nodes;
    expect(node && durationOf(node)).toBeNull();
    expect(node?.time).toBe(1_000);
  });

  it("without a result is unanswered when its run ends, and answered by a later result", () => {
    const [start, end, result] = call("1") as [Event, Event, Event];
    const timeline = read([start, end, { type: "RUN_FINISHED" }]);
    expect(timeline.nodes[0]).toMatchObject({ outcome: "unanswered", isOpen: false });

    add(timeline, result);

    expect(timeline.nodes[0]).toMatchObject({ outcome: null, result: "rows" });
  });
});

describe("interrupts", () => {
  const interrupted = [
    { type: "RUN_STARTED", runId: "1" },
    { type: "TOOL_CALL_START", toolCallId: "t", toolCallName: "pay" },
    { type: "TOOL_CALL_END", toolCallId: "t" },
    {
      type: "RUN_FINISHED",
      runId: "1",
      outcome: {
        type: "interrupt",
        interrupts: [{ id: "i", reason: "approval", message: "Pay 5?", toolCallId: "t" }],
      },
    },
  ];

  it("suspend the run's tool, and wait for an answer", () => {
    const timeline = read(interrupted);

    expect(timeline.nodes).toMatchObject([
      { kind: "run", outcome: "interrupt" },
      { kind: "tool", outcome: "suspended" },
      { kind: "interrupt", title: "approval", text: "Pay 5?", outcome: "suspended", parent: 1 },
    ]);
  });

  it("are answered by the next run", () => {
    const resume = [{ interruptId: "i", status: "resolved" }];

    const timeline = read([...interrupted, { type: "RUN_STARTED", runId: "2", input: { resume } }]);

    expect(timeline.nodes[2]).toMatchObject({ outcome: "success", endedAt: 4_000 });
  });
});

describe("the time to the first token", () => {
  const model = (id: string, type: string, fields: Event = {}): Event => ({
    type: `STEP_${type}`,
    stepName: "gpt",
    metadata: { "realtime-widgets": { id, kind: "model", ...fields } },
  });
  const text = { type: "TEXT_MESSAGE_CONTENT", messageId: "m", delta: "Hello" };
  const ttft = (timeline: Timeline) => timeline.nodes.map(({ ttftMs }) => ttftMs);

  it("is that of the first piece in the step of a model", () => {
    const timeline = read([model("a", "STARTED"), { type: "RAW" }, text, text]);

    expect(ttft(timeline)).toEqual([2_000, null, null]);
  });

  it("is that of the publisher where it has measured one", () => {
    const end = model("a", "FINISHED", { ttft_ms: 180 });

    expect(ttft(read([model("a", "STARTED"), text, end]))[0]).toBe(180);
  });

  it("is unknown where one of both times is", () => {
    const timeline = new Timeline();
    add(timeline, model("a", "STARTED"), null);
    add(timeline, text, 2_000);
    add(timeline, text, 3_000);

    expect(ttft(timeline)).toEqual([null, null]);
  });
});

describe("bounds", () => {
  it("beyond five thousand nodes the oldest are removed, and counted", () => {
    const timeline = read(
      Array.from({ length: MAX_NODES + 1 }, (_, n) => ({ type: "CUSTOM", name: String(n) })),
    );

    expect(timeline.nodes).toHaveLength(MAX_NODES - 499);
    expect(timeline).toMatchObject({ trimmed: 500 });
    expect(timeline.nodes[0]).toMatchObject({ n: 500, title: "500" });
    expect(timeline.node(500)).toBe(timeline.nodes[0]);
  });

  it("a part of a step may be of another agent, and a step without a parent is none of another", () => {
    const timeline = new Timeline();
    const ours = (fields: object) => ({ metadata: { "realtime-widgets": fields } });
    const step = (id: string) => ({
      type: "STEP_STARTED",
      stepName: id,
      ...ours({ id, kind: "step" }),
    });
    add(timeline, step("a"), 0, "run");
    add(timeline, { type: "TEXT_MESSAGE_START", messageId: "m", ...ours({ parent: "a" }) });
    add(timeline, step("b"), 0, "run");

    const finish = {
      type: "STEP_FINISHED",
      stepName: "b",
      ...ours({ id: "b", outcome: "cancelled" }),
    };
    add(timeline, finish, 1, "run");

    const [a, message, b] = timeline.nodes;
    expect(message).toMatchObject({ kind: "message", parent: a?.n });
    expect(b).toMatchObject({ title: "b", parent: null, outcome: "cancelled", error: null });
  });

  it("a text beyond its bound is cut, and marked as cut", () => {
    const delta = "x".repeat(MAX_TEXT - 1);

    const { nodes } = read(
      [delta, "yyy"].map((text) => ({ type: "TEXT_MESSAGE_CONTENT", messageId: "1", delta: text })),
    );

    expect(nodes).toMatchObject([{ isCut: true }]);
    expect(nodes[0]?.text).toHaveLength(MAX_TEXT);
  });

  it("texts beyond their bound together give way, the oldest that have ended first", () => {
    const timeline = new Timeline();
    for (let n = 0; n < 100; n += 1) {
      const messageId = String(n);
      add(timeline, { type: "TEXT_MESSAGE_START", messageId });
      const delta = "x".repeat(MAX_TEXT);
      add(timeline, { type: "TEXT_MESSAGE_CONTENT", messageId, delta });
      if (n > 0) add(timeline, { type: "TEXT_MESSAGE_END", messageId });
    }

    const length = timeline.nodes.reduce((sum, node) => sum + node.text.length, 0);
    expect(length).toBeLessThanOrEqual(16_000_000);
    expect(timeline.nodes[0]).toMatchObject({ isKept: true, isOpen: true });
    expect(timeline.nodes[1]).toMatchObject({ isKept: false, text: "" });
    expect(timeline.nodes.at(-1)).toMatchObject({ isKept: true });
  });

  it("a state beyond its bound is refused, and the last good one stays", () => {
    const delta = [{ op: "copy", from: "", path: "/more" }];
    const snapshot = { text: "x".repeat(100_000) };

    const timeline = read([
      { type: "STATE_SNAPSHOT", snapshot },
      ...Array.from({ length: 20 }, () => ({ type: "STATE_DELTA", delta })),
    ]);

    const state = timeline.states.get("planner");
    expect(state?.error).toContain("more than 1000000 characters");
    expect(JSON.stringify(state?.value).length).toBeLessThanOrEqual(1_000_000);
    expect(timeline.nodes).toMatchObject([{ kind: "state", count: 21 }]);
  });
});

/** Numbers from 0 to 1 that are the same at each run of the tests (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
