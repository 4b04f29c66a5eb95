// The queue of events to publish: its bounds, its messages, and what it refuses.

import { describe, expect, it } from "vitest";
import type { AnyEvent } from "../../src/protocol/messages.js";
import { JsonError, Outbox } from "../../src/protocol/outbox.js";
import { log, welcome } from "../fakes.js";

const LIMITS = welcome().limits;

const nested = (depth: number) => JSON.parse("[".repeat(depth) + "]".repeat(depth));

function open(limits = {}): Outbox {
  const outbox = new Outbox();
  outbox.open({ ...LIMITS, ...limits }, null);
  return outbox;
}

function sent(outbox: Outbox): { first_n: number; events: AnyEvent[] }[] {
  const messages = [];
  for (let text = outbox.next(); text !== null; text = outbox.next()) {
    messages.push(JSON.parse(text));
  }
  return messages;
}

function push(outbox: Outbox, count: number): AnyEvent[] {
  const events = Array.from({ length: count }, (_, n) => log(String(n)));
  for (const event of events) outbox.push(event);
  return events;
}

describe("without a connection", () => {
  it("refuses more than a thousand events", () => {
    const outbox = new Outbox();
    for (let n = 0; n < 1_000; n++) expect(outbox.push(log("x"))).toBe(true);

    expect(outbox.push(log("x"))).toBe(false);

    expect(outbox.unacknowledged).toHaveLength(1_000);
  });

  it("refuses more than a megabyte", () => {
    const outbox = new Outbox();
    const large = log("é".repeat(100_000));

    const taken = Array.from({ length: 8 }, () => outbox.push(large));

    expect(taken.filter(Boolean)).toHaveLength(5);
  });

  it("has room again once events are acknowledged", () => {
    const outbox = open();
    push(outbox, 1_000);
    sent(outbox);

    outbox.ack(10);

    expect(push(outbox, 11)).toHaveLength(11);
    expect(outbox.unacknowledged).toHaveLength(1_000);
    expect(outbox.unacknowledged[0]).toBe(11);
  });

  it("writes nothing", () => {
    const outbox = new Outbox();
    push(outbox, 1);

    expect(outbox.next()).toBeNull();
  });
});

describe("an event", () => {
  it("is accepted up to the limit of its size and refused beyond it", () => {
    const outbox = new Outbox();
    const most = 262_144 - JSON.stringify(log("")).length;

    expect(outbox.push(log("x".repeat(most + 1)))).toBe(false);
    expect(outbox.push(log("x".repeat(most)))).toBe(true);
  });

  it("is refused where it is larger than the server takes, counted in bytes", () => {
    const outbox = open({ event_bytes: 40 });

    expect(outbox.push(log("ten chars!"))).toBe(true);
    expect(outbox.push(log("€€€€€€"))).toBe(false);
    expect(outbox.push(log("😀😀😀😀"))).toBe(false);
  });

  it("contains no lone surrogate, for which the server would refuse the whole message", () => {
    const outbox = open();

    outbox.push({ type: "reply", "a\ud800": ["\udc00", "\\ud800", "😀"] });

    expect(sent(outbox)).toMatchObject([
      { events: [{ type: "reply", "a\ufffd": ["\ufffd", "\\ud800", "😀"] }] },
    ]);
  });
});

describe("messages", () => {
  it("have at most as many events as the server accepts", () => {
    const outbox = open();
    const events = push(outbox, 201);

    expect(sent(outbox)).toMatchObject([
      { first_n: 1, events: events.slice(0, 200) },
      { first_n: 201, events: events.slice(200) },
    ]);
  });

  it("have at most as many bytes as the server accepts, and at least one event", () => {
    const outbox = open({ batch_bytes: 100, window: 9 });
    for (const size of [10, 10, 200, 10]) outbox.push(log("x".repeat(size)));

    expect(sent(outbox).map(({ events }) => events.length)).toEqual([1, 1, 1, 1]);
  });

  it("stop at the server's window, and continue with each acknowledgement", () => {
    const outbox = open({ batch_events: 1, window: 2 });
    push(outbox, 4);

    expect(sent(outbox).map(({ first_n }) => first_n)).toEqual([1, 2]);
    outbox.ack(1);

    expect(sent(outbox).map(({ first_n }) => first_n)).toEqual([3]);
  });

  it("are sent again from the number that the server expects", () => {
    const outbox = open();
    push(outbox, 3);
    sent(outbox);

    expect(outbox.resend(2)).toBe(true);

    expect(sent(outbox)).toMatchObject([{ first_n: 2, events: [log("1"), log("2")] }]);
    expect(outbox.resend(1)).toBe(false);
  });
});

describe("a value that JSON cannot represent", () => {
  const ring: Record<string, unknown> = {};
  ring["self"] = ring;

  it.each([
    ["NaN", { loss: Number.NaN }, '"loss" is NaN, which JSON does not have'],
    ["Infinity", [0, -Infinity], '"1" is -Infinity, which JSON does not have'],
    ["a BigInt", 7n, '"value" is a BigInt, which JSON does not have'],
    ["a ring", ring, "the event cannot be written as JSON: it is circular or nested too deep"],
    [
      "50,000 levels",
      nested(50_000),
      "the event cannot be written as JSON: it is circular or nested too deep",
    ],
  ])("is refused with an error: %s", (_, value, words) => {
    const outbox = open();

    expect(() => outbox.push({ type: "mine", value })).toThrow(new JsonError(words));

    expect(outbox.isEmpty).toBe(true);
    outbox.push(log("after"));
    expect(sent(outbox)).toMatchObject([{ first_n: 1, events: [log("after")] }]);
  });
});
