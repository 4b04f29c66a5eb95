// Behaviour of this client that the shared vectors do not cover.
import { describe, expect, it } from "vitest";
import { runState } from "../../dev/run-state.js";
import { ClientSession } from "../../src/protocol/client-session.js";
import { CloseCode } from "../../src/protocol/codes.js";
import type { AnyEvent } from "../../src/protocol/messages.js";

const LIMITS = {
  message_bytes: 1_048_576,
  event_bytes: 262_144,
  batch_events: 200,
  batch_bytes: 65_536,
  window: 5,
};

const ID = "0".repeat(32);

function welcome(fields = {}): string {
  return JSON.stringify({
    type: "welcome",
    v: 1,
    session: "s",
    sprint_id: "run",
    epoch: "e1",
    first: 1,
    head: 0,
    entry: null,
    recovered: null,
    may_publish: true,
    last_n: null,
    limits: LIMITS,
    ping_s: 25,
    pong_s: 20,
    server_time: "2026-11-22T21:58:00.123Z",
    ...fields,
  });
}

const log = (message: string): AnyEvent => ({ type: "log", message });

function sent(session: ClientSession): Record<string, unknown>[] {
  return session.takeFrames().map((frame) => JSON.parse(frame));
}

/** An open session that publishes; its hello is drained. */
function publishing(fields = {}): ClientSession {
  const session = new ClientSession({ sprintId: "run", newPublisherId: () => ID, publish: true });
  session.open("t", 0);
  session.receive(welcome(fields), 0);
  session.takeFrames();
  return session;
}

describe("a view that only watches", () => {
  it("gets the notice that the run is gone where the server has no log of it any more", () => {
    const position = { epoch: "e1", seq: 7, entry: "g" };
    const session = new ClientSession({ sprintId: "run", newPublisherId: () => ID, position });
    session.open("t", 0);
    session.receive(welcome({ epoch: null, recovered: false }), 0);
    session.receive(JSON.stringify({ type: "reset", epoch: null, first: 1, reason: "epoch" }), 0);

    expect(session.takeNotices()).toEqual([{ kind: "reset", reason: "epoch", isGone: true }]);
    expect(session.isCaughtUp).toBe(true);
  });

  it("requests publishing with a new connection at the first event of the user", () => {
    const session = new ClientSession({ sprintId: "run", newPublisherId: () => ID });
    session.open("t", 0);
    session.receive(welcome(), 0);

    expect(session.send(log("yes"))).toBe(true);

    expect(session.closing).toBe(CloseCode.RECONNECT);
    session.lost();
    session.takeFrames();
    session.open("t2", 1);
    session.receive(welcome(), 1);
    expect(sent(session)).toMatchObject([
      { type: "hello", publish: { publisher_id: ID } },
      { type: "publish", first_n: 1, events: [log("yes")] },
    ]);
  });

  it("refuses to send where the user may not publish", () => {
    const session = new ClientSession({ sprintId: "run", newPublisherId: () => ID });
    session.open("t", 0);
    session.receive(welcome({ may_publish: false }), 0);

    expect(session.send(log("no"))).toBe(false);

    expect(session.closing).toBeNull();
  });
});

describe("the outbox", () => {
  it("refuses more than a thousand events while there is no server", () => {
    const session = new ClientSession({ sprintId: "run", newPublisherId: () => ID });
    for (let n = 0; n < 1_000; n++) expect(session.send(log("x"))).toBe(true);

    expect(session.send(log("x"))).toBe(false);

    expect(session.unacknowledged).toHaveLength(1_000);
  });

  it("refuses more than a megabyte while there is no server", () => {
    const session = new ClientSession({ sprintId: "run", newPublisherId: () => ID });
    const large = log("é".repeat(100_000));

    const taken = Array.from({ length: 8 }, () => session.send(large));

    expect(taken.filter(Boolean)).toHaveLength(5);
  });

  it("refuses an event that is larger than the server takes, counted in bytes", () => {
    const session = publishing({ limits: { ...LIMITS, event_bytes: 40 } });

    expect(session.send(log("ten chars!"))).toBe(true);
    expect(session.send(log("€€€€€€"))).toBe(false);
    expect(session.send(log("😀😀😀😀"))).toBe(false);
  });
});

describe("the heartbeat", () => {
  it("counts the second period from the ping, because timers of a hidden tab fire late", () => {
    const session = publishing();

    session.tick(120_000);
    expect(sent(session)).toEqual([{ type: "ping" }]);
    session.tick(129_999);
    expect(session.closing).toBeNull();
    session.tick(130_000);

    expect(session.closing).toBe(CloseCode.NO_PONG);
  });

  it("closes a connection without a welcome, and sends nothing before the welcome", () => {
    const session = new ClientSession({ sprintId: "run", newPublisherId: () => ID });
    session.open("t", 0);
    session.takeFrames();

    session.tick(25_000);
    session.tick(35_000);

    expect(sent(session)).toEqual([]);
    expect(session.closing).toBe(CloseCode.NO_PONG);
  });
});

describe("what the server sends", () => {
  it.each([
    ["an unknown type", { type: "surprise" }],
    ["a name of Object.prototype as type", { type: "constructor" }],
    ["events without batches", { type: "events", epoch: "e1" }],
    ["a batch whose event is no object", events(["text"])],
    [
      "a batch whose first is no number",
      { type: "events", epoch: "e1", batches: [{ first: "1" }] },
    ],
    ["a state whose head is no number", { type: "state", state: runState({ head: "1" as never }) }],
    ["a state without tasks", { type: "state", state: { ...runState(), tasks: null } }],
    [
      "a state with a task that is none",
      { type: "state", state: runState({ tasks: [{}] as never }) },
    ],
    ["an array", []],
    ["null", null],
  ])('closes with "bad message" when it is %s', (_, message) => {
    const session = publishing();

    session.receive(JSON.stringify(message), 0);

    expect(session.closing).toBe(CloseCode.BAD_MESSAGE);
  });

  it("is ignored while the session is closing", () => {
    const session = publishing();
    session.receive("{", 0);

    session.receive(JSON.stringify({ type: "ping" }), 0);

    expect(sent(session)).toEqual([]);
  });

  function events(items: unknown[]): object {
    return {
      type: "events",
      epoch: "e1",
      batches: [{ first: 1, entry: "a", timestamp: "", user: null, events: items }],
    };
  }
});

describe("a session behind a relay", () => {
  const batch = { first: 1, entry: "b1", timestamp: "2026-11-22T21:58:00.123Z", user: null };
  const events = { type: "events", epoch: "e1", batches: [{ ...batch, events: [log("a")] }] };

  it("sends no hello, and applies each event once over several joins", () => {
    const session = new ClientSession({ sprintId: "run", newPublisherId: () => ID });
    for (let times = 1; times <= 2; times++) {
      session.join(0);
      session.receive(welcome({ head: 1 }), 0);
      session.receive(JSON.stringify(events), 0);
      session.lost();
    }

    expect(sent(session)).toEqual([]);
    expect(session.takeNotices()).toHaveLength(1);
    expect(session.position).toEqual({ epoch: "e1", seq: 1, entry: "b1" });
  });
});

it("a session without a heartbeat has no deadline", () => {
  const session = new ClientSession({
    sprintId: "run",
    newPublisherId: () => ID,
    hasHeartbeat: false,
  });
  session.open(null, 0);
  session.receive(welcome(), 0);
  session.takeFrames();

  session.tick(1_000_000);
  session.tick(2_000_000);

  expect(session.deadline).toBeNull();
  expect(session.closing).toBeNull();
  expect(sent(session)).toEqual([]);
});
