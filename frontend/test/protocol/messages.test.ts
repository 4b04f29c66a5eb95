// Which messages of the server are read: the guards are generated from the schema.

import { describe, expect, it } from "vitest";
import { runState } from "../../dev/run-state.js";
import { EVENT_GUARDS, ProtocolError, parseServerMessage } from "../../src/protocol/messages.js";
import { welcome } from "../fakes.js";

const parse = (message: unknown) => parseServerMessage(JSON.stringify(message));

function events(items: unknown[]): object {
  const batch = { first: 1, entry: "a", timestamp: "", user: null, events: items };
  return { type: "events", epoch: "e1", batches: [batch] };
}

const MESSAGES = [
  welcome(),
  events([{ type: "log", message: "m" }, { type: "of a newer version" }]),
  { type: "gap", from: 1, to: 2, reason: "trimmed" },
  { type: "reset", epoch: null, first: 1, reason: "epoch" },
  { type: "direct", event: { type: "log", message: "m" } },
  { type: "trouble", code: null, message: null },
  { type: "presence", disconnected_at: 1.5 },
  { type: "watching", count: 2, names: ["Alice"] },
  { type: "state", state: runState() },
  { type: "ack", up_to: 1, seq: 1, epoch: "e1", duplicate: false },
  { type: "nack", n: 1, code: "c", message: "m", field: null, retry: true, expect: null },
  { type: "error", code: "c", message: "m", field: null },
  { type: "ping" },
  { type: "pong" },
];

describe("a message of the server", () => {
  it.each(MESSAGES)("is read as it is: %j", (message) => {
    expect(parse(message)).toMatchObject(message);
  });

  it.each(MESSAGES)("may have fields that this version does not know: %j", (message) => {
    expect(parse({ ...message, newer: [1] })).toMatchObject({ ...message, newer: [1] });
  });

  it("has the default of a field that an older server leaves out", () => {
    const older = { ...welcome(), similar: undefined, kept_in_memory_because: undefined };

    expect(parse(older)).toMatchObject({ similar: [], kept_in_memory_because: null });
    expect(parse({ type: "trouble", code: "full" })).toMatchObject({ message: null });
  });

  it("may have a word that this version does not know", () => {
    const message = { type: "reset", epoch: "e", first: 1, reason: "of a newer version" };

    expect(parse(message)).toEqual(message);
  });

  it("is read with any fields in its events", () => {
    const message = events([{ type: "log", message: 7 }, { type: "status_update" }]);

    expect(parse(message)).toEqual(message);
  });

  it.each([
    ["of an unknown type", { type: "surprise" }],
    ["whose type is a name of Object.prototype", { type: "constructor" }],
    ["that is an array", []],
    ["that is null", null],
    ["with events but without batches", { type: "events", epoch: "e1" }],
    ["with an event that is no object", events(["text"])],
    ["with an event without a type", events([{ message: "m" }])],
    ["with a batch that starts at no number", { ...events([]), batches: [{ first: "1" }] }],
    ["with a head beyond the safe integers", { ...welcome(), head: 2 ** 53 }],
    ["with a negative limit", { ...welcome(), limits: { ...welcome().limits, window: -1 } }],
    ["with a default of another type", { ...welcome(), similar: "run" }],
    ["with a state without a head", { type: "state", state: runState({ head: "1" as never }) }],
    ["with a state without tasks", { type: "state", state: { ...runState(), tasks: null } }],
    ["with a task that is none", { type: "state", state: runState({ tasks: [{}] as never }) }],
    [
      "with a member that is none",
      { type: "state", state: { ...runState(), members: { left: [7] } } },
    ],
  ])("is refused %s", (_, message) => {
    expect(() => parse(message)).toThrow(ProtocolError);
  });

  it("is refused where it is no JSON", () => {
    expect(() => parseServerMessage("{")).toThrow("invalid JSON");
  });
});

describe("a known event", () => {
  it("is valid without its optional fields, and with null in them", () => {
    const isLog = EVENT_GUARDS.get("log");

    expect(isLog?.({ type: "log", message: "m" })).toBe(true);
    expect(isLog?.({ type: "log", message: "m", source: null, more: 1 })).toBe(true);
    expect(isLog?.({ type: "log", message: "m", source: 7 })).toBe(false);
    expect(isLog?.({ type: "log" })).toBe(false);
  });

  it("is not changed by the check", () => {
    const event = { type: "log", message: "m" };

    EVENT_GUARDS.get("log")?.(event);

    expect(event).toEqual({ type: "log", message: "m" });
  });
});
