import { describe, expect, it } from "vitest";
import vectorFile from "../../../tests/vectors/transcript.json" with { type: "json" };
import { MAX_TEXT, Transcript } from "../../src/model/transcript.js";

type Event = { type: string; [name: string]: unknown };

function read(...events: Event[]): Transcript {
  const transcript = new Transcript();
  for (const event of events) transcript.add({ type: "agent_message", agent: "planner", event }, 0);
  return transcript;
}

const message = (action: string, id: string, fields = {}): Event => ({
  type: `TEXT_MESSAGE_${action}`,
  messageId: id,
  ...fields,
});
const tool = (action: string, id: string, fields = {}): Event => ({
  type: `TOOL_CALL_${action}`,
  toolCallId: id,
  ...fields,
});

// The snapshot replays the same vectors; see tests/vectors/README.md.
describe("the view and the snapshot have the same entries", () => {
  it.each(vectorFile.vectors)("$name", ({ given, then }) => {
    const transcript = new Transcript();
    for (const { agent, event } of given) {
      transcript.add({ type: "agent_message", agent, event: event as Event }, 0);
    }

    const entries = transcript.entries.map(
      ({ kind, agent, title, text, result, error, state }) => ({
        kind,
        agent,
        title,
        text,
        result,
        error,
        state,
      }),
    );
    expect(entries).toEqual(then);
  });
});

describe.each(["RUN_FINISHED", "RUN_ERROR"])("nothing is open after %s", (type) => {
  it.each(vectorFile.vectors)("$name", ({ given }) => {
    for (const length of given.keys()) {
      const transcript = new Transcript();
      for (const { agent, event } of given.slice(0, length)) {
        transcript.add({ type: "agent_message", agent, event: event as Event }, 0);
      }

      for (const agent of new Set(given.map((event) => event.agent))) {
        transcript.add({ type: "agent_message", agent, event: { type } }, 0);
      }

      const states = transcript.entries.map(({ state }) => state);
      expect(states.filter((state) => state === "open" || state === "waiting")).toEqual([]);
    }
  });
});

it("open entries are unfinished after a gap, and an end event still ends them", () => {
  const transcript = read(tool("START", "1"), message("CONTENT", "2", { delta: "a" }));

  transcript.breakOff();
  expect(transcript.entries.map(({ state }) => state)).toEqual(["unfinished", "unfinished"]);

  for (const event of [tool("RESULT", "1", { content: "ok" }), message("END", "2")]) {
    transcript.add({ type: "agent_message", agent: "planner", event }, 0);
  }
  expect(transcript.entries.map(({ state }) => state)).toEqual(["done", "done"]);
});

describe("a message", () => {
  it("is assembled from its parts and is open until its end", () => {
    const parts = [
      message("START", "1", { role: "assistant" }),
      message("CONTENT", "1", { delta: "Hello, " }),
      message("CONTENT", "1", { delta: "world" }),
    ];

    expect(read(...parts).entries).toMatchObject([
      {
        kind: "message",
        agent: "planner",
        title: "assistant",
        text: "Hello, world",
        state: "open",
      },
    ]);
    expect(read(...parts, message("END", "1")).entries).toMatchObject([{ state: "done" }]);
  });

  it("may be interleaved with another one", () => {
    const { entries } = read(
      message("START", "1"),
      message("START", "2"),
      message("CONTENT", "1", { delta: "one" }),
      message("CONTENT", "2", { delta: "two" }),
    );

    expect(entries.map((entry) => entry.text)).toEqual(["one", "two"]);
  });

  it("of the same id but another agent is a different one", () => {
    const transcript = read(message("CONTENT", "1", { delta: "one" }));

    transcript.add(
      { type: "agent_message", agent: "coder", event: message("CONTENT", "1", { delta: "two" }) },
      0,
    );

    expect(transcript.entries.map((entry) => entry.text)).toEqual(["one", "two"]);
  });

  it("is shown without its start", () => {
    expect(read(message("CONTENT", "1", { delta: "the end" })).entries).toMatchObject([
      { kind: "message", text: "the end" },
    ]);
  });

  it("may come in chunks of which the first has the id", () => {
    const { entries } = read(
      { type: "TEXT_MESSAGE_CHUNK", messageId: "1", role: "assistant", delta: "a" },
      { type: "TEXT_MESSAGE_CHUNK", delta: "b" },
    );

    expect(entries).toMatchObject([{ text: "ab", title: "assistant" }]);
  });

  it("beyond the bound is cut, and marked as cut", () => {
    const { entries } = read(
      message("CONTENT", "1", { delta: "x".repeat(MAX_TEXT - 1) }),
      message("CONTENT", "1", { delta: "yyy" }),
    );

    expect(entries).toMatchObject([{ isCut: true }]);
    expect(entries[0]?.text).toHaveLength(MAX_TEXT);
  });
});

describe("reasoning", () => {
  it.each(["REASONING_MESSAGE", "THINKING_TEXT_MESSAGE"])("is assembled from %s", (prefix) => {
    const { entries } = read(
      { type: "REASONING_START", messageId: "1" },
      { type: `${prefix}_START`, messageId: "1" },
      { type: `${prefix}_CONTENT`, messageId: "1", delta: "hm" },
      { type: `${prefix}_END`, messageId: "1" },
      { type: "REASONING_END", messageId: "1" },
    );

    expect(entries).toMatchObject([{ kind: "reasoning", text: "hm", state: "done" }]);
  });

  it("without ids begins a new entry with each start", () => {
    const thought = ["START", "CONTENT", "END"].map((action) => ({
      type: `THINKING_TEXT_MESSAGE_${action}`,
      delta: "hm",
    }));

    expect(read(...thought, ...thought).entries.map((entry) => entry.text)).toEqual(["hm", "hm"]);
  });
});

describe("a tool call", () => {
  it("has a name, arguments and a result", () => {
    const { entries } = read(
      tool("START", "1", { toolCallName: "search" }),
      tool("ARGS", "1", { delta: '{"q":' }),
      tool("ARGS", "1", { delta: "1}" }),
      tool("END", "1"),
      tool("RESULT", "1", { content: "found" }),
    );

    expect(entries).toMatchObject([
      { kind: "tool", title: "search", text: '{"q":1}', result: "found", state: "done" },
    ]);
  });

  it("shows a result that is not text as JSON", () => {
    expect(read(tool("RESULT", "1", { content: [1, 2] })).entries).toMatchObject([
      { result: "[1,2]" },
    ]);
  });
});

describe("steps and other events", () => {
  it("a step is open until it is finished, and may be repeated", () => {
    const step = (type: string) => ({ type, stepName: "plan" });

    expect(
      read(step("STEP_STARTED"), step("STEP_FINISHED"), step("STEP_STARTED")).entries,
    ).toMatchObject([
      { kind: "step", title: "plan", state: "done" },
      { kind: "step", title: "plan", state: "open" },
    ]);
  });

  it("an error of the agent is an error entry", () => {
    expect(read({ type: "RUN_ERROR", message: "out of tokens" }).entries).toMatchObject([
      { kind: "error", text: "out of tokens" },
    ]);
  });

  it.each(["STATE_DELTA", "CUSTOM", "__proto__", "constructor", "SOMETHING_NEW"])(
    "%s is a generic row",
    (type) => {
      expect(read({ type, value: 1 }).entries).toMatchObject([
        { kind: "other", title: type, text: '{"value":1}' },
      ]);
    },
  );

  it("fields of the wrong type are ignored", () => {
    const { entries } = read(message("CONTENT", "1", { delta: { not: "text" } }), {
      type: "TEXT_MESSAGE_CONTENT",
      messageId: 7,
      delta: "x",
    });

    expect(entries.length).toBeGreaterThan(0);
  });
});

it("beyond two thousand entries the oldest are removed, and counted", () => {
  const transcript = read(
    ...Array.from({ length: 2_001 }, (_, n) => message("CONTENT", String(n), { delta: "x" })),
  );

  expect(transcript.entries).toHaveLength(1_801);
  expect(transcript.trimmed).toBe(200);
  expect(transcript.entries[0]?.n).toBe(200);
});
