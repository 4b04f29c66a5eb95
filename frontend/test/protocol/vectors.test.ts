// Replays tests/vectors/*.json, as the Python side does; the README there has the format.
import { describe, expect, it } from "vitest";
import publishFile from "../../../tests/vectors/publish.json" with { type: "json" };
import watchFile from "../../../tests/vectors/watch.json" with { type: "json" };
import { ClientSession } from "../../src/protocol/client-session.js";
import type { AnyEvent, Position } from "../../src/protocol/messages.js";
import type { Notice } from "../../src/protocol/notices.js";

interface Step {
  open?: string;
  receive?: { type: string };
  receive_text?: string;
  send?: AnyEvent;
  tick?: number;
  lost?: number;
}

interface Vector {
  name: string;
  given: {
    sprint_id: string;
    watch: boolean;
    position: Position | null;
    newest?: number;
    publisher_id: string | null;
    next_publisher_id?: string;
  };
  when: Step[];
  then: {
    sent: unknown[];
    notices: unknown[];
    close: number | null;
    position?: Position | null;
    caught_up?: boolean;
    unacknowledged?: number[];
    similar?: readonly string[];
  };
}

const base = new Map<string, object>(Object.entries({ ...watchFile.base, ...publishFile.base }));

function asVector(notice: Notice): unknown[] {
  switch (notice.kind) {
    case "events":
      return notice.events.map((event, index) => ({ seq: notice.first + index, event }));
    case "gap":
      return [{ gap: { from: notice.from, to: notice.to, reason: notice.reason } }];
    case "reset":
      return [{ reset: { reason: notice.reason } }];
    case "direct":
      return [{ direct: notice.event }];
    case "storage":
      return [{ trouble: { code: notice.code, message: notice.message } }];
    case "presence":
      return [{ presence: { disconnected_at: notice.disconnectedAt } }];
    case "watching":
      return [{ watching: { count: notice.count, names: notice.names } }];
    case "state":
      return [{ state: { head: notice.state.head, status: notice.state.status } }];
    case "error":
      return [{ error: { code: notice.code, message: notice.message } }];
    case "refused":
      return [{ refused: { n: notice.n, code: notice.code, message: notice.message } }];
  }
}

function replay({ given, when }: Vector): Vector["then"] {
  const ids = [given.publisher_id, given.next_publisher_id];
  const session = new ClientSession({
    sprintId: given.sprint_id,
    watch: given.watch,
    position: given.position,
    newest: given.newest ?? null,
    newPublisherId: () => ids.shift() ?? "f".repeat(32),
    publish: given.publisher_id !== null,
  });
  const seen: { sent: unknown[]; notices: unknown[] } = { sent: [], notices: [] };
  let now = 0;
  for (const step of when) {
    if (step.tick !== undefined) now = step.tick * 1000;
    if (step.open !== undefined) session.open(step.open, now);
    if (step.receive) {
      const message = { ...base.get(step.receive.type), ...step.receive };
      session.receive(JSON.stringify(message), now);
    }
    if (step.receive_text !== undefined) session.receive(step.receive_text, now);
    if (step.send) session.send(step.send);
    if (step.tick !== undefined) session.tick(now);
    if (step.lost !== undefined) session.lost();
    seen.sent.push(...session.takeFrames().map((frame) => JSON.parse(frame)));
    seen.notices.push(...session.takeNotices().flatMap(asVector));
  }
  return {
    ...seen,
    close: session.closing,
    position: session.position,
    caught_up: session.isCaughtUp,
    unacknowledged: session.unacknowledged,
    similar: session.similar,
  };
}

describe.each([
  ["watch.json", watchFile.vectors as unknown as Vector[]],
  ["publish.json", publishFile.vectors as unknown as Vector[]],
])("%s", (_, vectors) => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    const seen = Object.entries(replay(vector));

    // A vector claims only the fields that it has.
    expect(Object.fromEntries(seen.filter(([key]) => key in vector.then))).toEqual(vector.then);
  });
});
