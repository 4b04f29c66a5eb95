// A page is reloaded while agents work: its new view has the nodes of one that was never reloaded.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runState } from "../../dev/run-state.js";
import { Run } from "../../src/model/run.js";
import type { AnyEvent } from "../../src/protocol/messages.js";

const FOLDER = "../tests/vectors/agui";
const AT = "2026-11-22T22:00:00.000Z";
const MADE = Date.parse(AT) / 1_000;

/** A stream of agents that was recorded, an event each second. */
function stream(name: string): AnyEvent[] {
  const { events } = JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"));
  return events.map((event: object, index: number) => ({
    type: "agent_message",
    agent: "planner",
    event,
    time: MADE + index,
  }));
}

function apply(run: Run, events: readonly AnyEvent[]): void {
  if (events.length === 0) return;
  run.apply({ kind: "events", first: run.seq + 1, timestamp: AT, events: [...events] });
}

/** A view that is loaded at event `head`, and gets the events from `first` on. */
function reloaded(events: readonly AnyEvent[], first: number, head: number): Run {
  const run = new Run();
  if (first > 1) run.apply({ kind: "gap", from: 1, to: first - 1, reason: "skipped" });
  if (head > 0) run.apply({ kind: "state", state: runState({ head, messages: head }) });
  apply(run, events.slice(first - 1, head));
  return run;
}

/** The nodes without their versions, by numbers from 0 on. */
function nodesOf({ timeline }: Run): object[] {
  const first = timeline.nodes[0]?.n ?? 0;
  const shifted = (n: number | null) => (n === null ? null : n - first);
  return timeline.nodes.map(({ version: _, n, parent, run, ...node }) => {
    return { ...node, n: n - first, parent: shifted(parent), run: shifted(run) };
  });
}

describe.each(readdirSync(FOLDER))("the view of the stream %s", (name) => {
  const events = stream(name);
  const whole = new Run();
  for (const event of events) apply(whole, [event]);

  it("is the same when it is reloaded at any event", () => {
    for (let head = 0; head <= events.length; head += 1) {
      const run = reloaded(events, 1, head);
      for (const event of events.slice(head)) apply(run, [event]);

      expect(nodesOf(run)).toEqual(nodesOf(whole));
    }
  });

  it("is the same when the reloaded one joins behind any event, and loads those before later", () => {
    for (let first = 2; first <= events.length; first += 1) {
      for (const head of [first, events.length]) {
        const run = reloaded(events, first, head);
        apply(run, events.slice(head));
        const older = events.slice(0, first - 1);
        const page = older.map((event, index) => ({ seq: index + 1, timestamp: AT, event }));

        run.fill({ first: 1, last: first - 1, kept: 1, events: page });

        expect(nodesOf(run)).toEqual(nodesOf(whole));
      }
    }
  });
});
