// The limits of protocol 1.1 and 4 in messages of the server.

import { describe, expect, it } from "vitest";
import { Run } from "../../src/model/run.js";
import { ClientSession } from "../../src/protocol/client-session.js";
import { log, welcome } from "../fakes.js";

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const mine = (value: string) => `{"type":"mine","value":${value}}`;
const agui = (content: string) =>
  `{"type":"agent_message","agent":"a","event":{"type":"TOOL_CALL_RESULT","content":${content}}}`;
const progress = (current: string) =>
  `{"type":"build_progress","task":"t","current":${current},"total":${current}}`;

function open(fields = {}): ClientSession {
  const session = new ClientSession({
    sprintId: "run",
    newPublisherId: () => "0".repeat(32),
    publish: true,
  });
  session.open("t", 0);
  session.receive(JSON.stringify(welcome(fields)), 0);
  session.takeFrames();
  return session;
}

/** A message of three events, the middle one as given. */
function frame(event: string): string {
  const [before, after] = [log("before"), log("after")].map((line) => JSON.stringify(line));
  const batch = `{"first":1,"entry":"b","timestamp":"2026-11-22T22:00:00.000Z","user":null`;
  return `{"type":"events","epoch":"e1","batches":[${batch},"events":[${before},${event},${after}]}]}`;
}

function shown(session: ClientSession): string[] {
  const run = new Run();
  for (const notice of session.takeNotices()) {
    if (notice.kind === "events") run.apply(notice);
  }
  return run.log.lines.map(({ text }) => text);
}

describe("an invalid event", () => {
  it.each([
    ["1e400", mine("1e400")],
    ["an integer beyond 2^53", mine(String(2n ** 63n))],
    ["5,000 digits", mine("9".repeat(5_000))],
    ["half a surrogate pair", mine('"\\ud800"')],
    ["33 levels", mine(nested(33))],
    ["1,000 levels", mine(nested(1_000))],
    ["50,000 levels", mine(nested(50_000))],
    ["50,000 levels of an agent", agui(nested(50_000))],
    ["10,001 values", mine(`[${"0,".repeat(10_000)}0]`)],
    ["a key of 129 characters", `{"type":"mine","${"k".repeat(129)}":0}`],
    ["a long type", `{"type":"${"t".repeat(65)}"}`],
    ["more than 256 KiB", mine(`"${"x".repeat(262_144)}"`)],
    ["a line of 65,537 characters", JSON.stringify(log("x".repeat(65_537)))],
    ["endless progress", progress("1e400")],
    ["a time that no clock has", '{"type":"log","message":"m","time":1e400}'],
    ["an endless loss", '{"type":"dropped","count":1e400,"reason":"refused"}'],
  ])("does not affect other events: %s", (_, event) => {
    const session = open();

    session.receive(frame(event), 1);
    const lines = shown(session);

    expect(session.closing).toBeNull();
    expect([lines[0], lines.at(-1)]).toEqual(["before", "after"]);
    expect(session.seq).toBe(3);
  });

  it.each(["NaN", "Infinity", "-Infinity"])(
    "is invalid JSON and ends the connection: %s",
    (value) => {
      const session = open();

      session.receive(frame(mine(value)), 1);

      expect(session.closing).toBe(4500);
      expect(session.position).toMatchObject({ seq: 0 });
      expect(shown(session)).toEqual([]);
    },
  );
});

describe("an event number beyond the safe integers", () => {
  it.each(["1e400", String(2n ** 53n), "-1", "1.5", '"1"'])("ends the connection: %s", (head) => {
    const session = new ClientSession({ sprintId: "run", newPublisherId: () => "0".repeat(32) });
    session.open("t", 0);

    session.receive(JSON.stringify(welcome()).replace('"head":0', `"head":${head}`), 0);

    expect(session.closing).toBe(4500);
  });
});
