// Behaviour of this client that the shared vectors do not cover.
import { describe, expect, it } from "vitest";
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
    ["no JSON", "{"],
    ["no message", JSON.stringify({ type: "surprise" })],
  ])('closes with "bad message" when it is %s', (_, text) => {
    const session = publishing();

    session.receive(text, 0);

    expect(session.closing).toBe(CloseCode.BAD_MESSAGE);
  });

  it("is ignored while the session is closing", () => {
    const session = publishing();
    session.receive("{", 0);

    session.receive(JSON.stringify({ type: "ping" }), 0);

    expect(sent(session)).toEqual([]);
  });
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

it("a ping of the user is written at once, and never queued", () => {
  const session = new ClientSession({ sprintId: "run", newPublisherId: () => ID });

  expect(session.send({ type: "ping" })).toBe(false);
  session.open(null, 0);
  session.receive(welcome(), 0);
  session.takeFrames();
  expect(session.send({ type: "ping" })).toBe(true);

  expect(sent(session)).toEqual([{ type: "ping" }]);
  expect(session.unacknowledged).toEqual([]);
});
