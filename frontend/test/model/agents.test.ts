// What agents do, as the state of a run and a view have it; tests/vectors/README.md has the format.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { reduceAgentEvent } from "../../src/model/agents/reducer.js";
import { sumsOf } from "../../src/model/agents/tally.js";
import { type AgentWork, emptyWork, workOf } from "../../src/model/agents/work.js";
import type { AgentMessage, AgentWork as SentWork } from "../../src/protocol/messages.gen.js";

type Event = Record<string, unknown>;

interface Vector {
  name: string;
  events: Event[];
  work: Record<string, unknown>;
}

const FOLDER = "../tests/vectors/agui";
const VECTORS: Vector[] = readdirSync(FOLDER).map((name) => ({
  name: name.replace(".json", ""),
  ...(JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as Omit<Vector, "name">),
}));

/** What the agent does after these events, each of which is made a second after the one before. */
function reduce(events: readonly Event[], work = emptyWork(0), first = 0): AgentWork {
  for (const [index, event] of events.entries()) {
    const message = { type: "agent_message", agent: "planner", time: first + index, event };
    reduceAgentEvent(work, message as unknown as AgentMessage);
  }
  return work;
}

/** Without what is not known, as in the vectors. */
function known(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, field) => field ?? undefined));
}

describe.each(VECTORS)("the stream $name", ({ events, work }) => {
  it("has the counts, sums and times of the run's state", () => {
    const { models, ran, waiting, ...reduced } = reduce(events);
    const totals = { models: models.total, ran: ran.total, waiting: waiting.total };

    expect({ ...reduced, ...totals, sums: known(sumsOf(reduced.tally)) }).toMatchObject(work);
  });

  it("continues from a state after any of its events", () => {
    const whole = reduce(events);
    for (const first of events.keys()) {
      const sent = reduce(events.slice(0, first)) as SentWork;

      expect(reduce(events.slice(first), sent ? workOf(sent) : undefined, first)).toEqual(whole);
    }
  });

  it("has nothing open after its end, wherever it is joined", () => {
    for (const first of events.keys()) {
      const { kept } = reduce(events.slice(first)).nodes;

      expect(kept.filter(({ is_open }) => is_open)).toEqual([]);
    }
  });
});

describe("tokens and cost", () => {
  const ours = (fields: Event): Event => ({ metadata: { "realtime-widgets": fields } });
  const tokens = (count: number) => ({ model: "m", inputTokens: count });
  const cost = { amount: "0.25", currency: "USD", source: "provider" };
  const step = (id: string, fields: Event): Event[] => [
    { type: "STEP_STARTED", stepName: id, ...ours({ id }) },
    { type: "STEP_FINISHED", stepName: id, ...ours({ id, ...fields }) },
  ];
  const sums = (...events: Event[]) => known(sumsOf(reduce(events).tally));

  it("of a step that repeats the sum of its parts are counted once", () => {
    const whole = {
      id: "agent",
      kind: "agent",
      usage: tokens(3),
      cost: { ...cost, amount: "0.5" },
    };

    expect(
      sums(
        { type: "STEP_STARTED", stepName: "agent", ...ours({ id: "agent" }) },
        ...step("a", { usage: tokens(1), cost }),
        ...step("b", { usage: tokens(2), cost }),
        { type: "STEP_FINISHED", stepName: "agent", ...ours(whole) },
      ),
    ).toEqual({
      usage: [{ model: "m", input_tokens: 3 }],
      costs: [{ currency: "USD", amount: 0.5, sources: ["provider"] }],
      is_lower_bound: false,
    });
  });

  it("that a run reports itself take the place of those of its steps", () => {
    expect(
      sums({ type: "RUN_STARTED", runId: "1" }, ...step("a", { usage: tokens(1) }), {
        type: "RUN_FINISHED",
        runId: "1",
        usage: [tokens(5)],
      }),
    ).toMatchObject({ usage: [{ model: "m", input_tokens: 5 }] });
  });

  it("are lower bounds where the cost of a call is not known", () => {
    expect(
      sums(...step("a", { usage: tokens(1), cost }), ...step("b", { usage: tokens(2) })),
    ).toMatchObject({ costs: [{ amount: 0.25 }], is_lower_bound: true });
  });

  it("of many calls and open nodes stay within a bound", () => {
    const name = "x".repeat(10_000);
    const work = reduce(
      Array.from({ length: 300 }, (_, n) => n).flatMap((n) =>
        ["TOOL_CALL_START", "STEP_STARTED", "RUN_STARTED"].map((type) => ({
          type,
          toolCallId: `${n} ${name}`,
          stepName: name,
          runId: String(n),
          ...ours({ usage: { model: `${n} ${name}`, inputTokens: 1 } }),
        })),
      ),
    );

    expect(work.tools).toBe(300);
    expect(JSON.stringify(work).length).toBeLessThan(300_000);
  });
});

it("answers to interrupts are waited for until the next run", () => {
  const interrupts = [{ id: "i", reason: "approval", message: "Pay 5?" }];
  const { waiting, questions } = reduce([
    { type: "RUN_STARTED", runId: "1" },
    { type: "RUN_FINISHED", runId: "1", outcome: { type: "interrupt", interrupts } },
    { type: "RAW", event: null },
    { type: "RUN_STARTED", runId: "2" },
  ]);

  expect([waiting.total, questions]).toEqual([2, []]);
});
