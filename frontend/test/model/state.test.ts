// Replays tests/vectors/state.json, as the Python side does; the README there has the format.
import { describe, expect, it } from "vitest";
import written from "../../../tests/vectors/state.json" with { type: "json" };
import generated from "../../../tests/vectors/state-generated.json" with { type: "json" };
import { Run } from "../../src/model/run.js";
import { parseTime } from "../../src/model/values.js";
import type { AnyEvent } from "../../src/protocol/messages.js";

const BEGINNING = Date.parse("2026-11-22T00:00:00Z");

const storedAt = (seq: number) => new Date(BEGINNING + seq * 1000).toISOString();

function reduce(events: AnyEvent[]): Run {
  const run = new Run();
  for (const event of events) {
    const first = run.seq + 1;
    run.apply({ kind: "events", first, timestamp: storedAt(first), events: [event] });
  }
  return run;
}

function asVector(run: Run): Record<string, unknown> {
  const seqOf = (time: number | null) => (time === null ? null : (time - BEGINNING) / 1000);
  return {
    status: run.status,
    message: run.message,
    attempt: run.attempt,
    started: seqOf(run.startedAt),
    ended: seqOf(run.endedAt),
    last_seen: run.lastSeen === null ? null : run.lastSeen / 1000,
    cause: run.cause,
    past: run.past.map(({ started, ended, ...rest }) => ({
      ...rest,
      started: seqOf(parseTime(started)),
      ended: seqOf(parseTime(ended)),
    })),
    errors: run.counts.errors,
    dropped: run.counts.lost,
    members: run.members.left,
    outcome: run.members.outcome,
    tasks: [...run.tasks],
    open_questions: run.questions.open.map(({ id }) => id),
    answered: run.questions.answered.map(({ id, seq, value, is_taken }) => ({
      id,
      seq,
      value,
      is_taken,
    })),
    inbox: {
      stop: run.inbox.stop && { seq: run.inbox.stop.seq, is_taken: run.inbox.stop.is_taken },
      readers: run.inbox.readers,
      waiting: run.inbox.waiting.map(({ seq, text }) => ({ seq, text })),
      taken: run.inbox.taken.map(({ seq }) => seq),
    },
    metrics: [...run.metrics.all.values()].map((metric) => ({
      name: metric.name,
      last: Number.isFinite(metric.last) ? metric.last : String(metric.last),
      step: metric.step,
      min: metric.min,
      max: metric.max,
      count: metric.count,
      not_finite: metric.notFinite,
      not_finite_step: metric.notFiniteStep,
    })),
    outputs: [...run.outputs.all.values()].map(({ data: _, ...state }) => state),
    details: run.details.isEmpty ? null : { ...run.details },
  };
}

interface Vector {
  name: string;
  events: AnyEvent[];
  state: Record<string, unknown>;
}

describe.each([
  ["state.json", written.vectors as Vector[]],
  ["state-generated.json", generated.vectors as Vector[]],
])("%s", (_, vectors) => {
  it.each(vectors)("$name", ({ events, state }) => {
    expect(asVector(reduce(events))).toMatchObject(state);
  });
});
