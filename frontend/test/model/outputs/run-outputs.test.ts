// The data of outputs in a view that joins a run at its end.
import { expect, it } from "vitest";
import { runState } from "../../../dev/run-state.js";
import { Run } from "../../../src/model/run.js";
import type { AnyEvent } from "../../../src/protocol/messages.js";

const NO_BLOB = { blob: null, upload: null };

const AT = "2026-11-22T22:00:00.000Z";

const output = (name: string | null, text: string): AnyEvent => ({
  type: "output",
  name,
  data: { "text/plain": text },
});

/** A run with outputs at 5, 90 and 102, joined behind 100 events. */
function joined(): Run {
  const run = new Run();
  run.apply({ kind: "gap", from: 1, to: 100, reason: "skipped" });
  const outputs = [
    { name: "old", caption: null, seq: 5, ...NO_BLOB },
    { name: null, caption: "late", seq: 90, ...NO_BLOB },
    { name: "new", caption: null, seq: 102, ...NO_BLOB },
  ];
  run.apply({ kind: "state", state: runState({ head: 102, outputs }) });
  return run;
}

const texts = (run: Run) =>
  [...run.outputs.all.values()].map(({ data }) => (data === null ? null : data["text/plain"]));

it("the state has the outputs, and the events of the page their data", () => {
  const run = joined();
  expect(texts(run)).toEqual([null, null, null]);

  const events = [output("new", "first"), output("new", "second")];
  run.apply({ kind: "events", first: 101, timestamp: AT, events });
  expect(texts(run)).toEqual([null, null, "second"]);

  run.apply({ kind: "events", first: 103, timestamp: AT, events: [output("old", "third")] });
  expect(texts(run)).toEqual(["third", null, "second"]);
});

it("a loaded page has the data of its events, and what it lacks is not stored any more", () => {
  const run = joined();
  const event = output(null, "loaded");
  run.fill({ first: 81, last: 100, kept: 1, events: [{ seq: 90, timestamp: AT, event }] });
  expect(texts(run)).toEqual([null, "loaded", null]);

  run.fill({ first: 1, last: 80, kept: 81, events: [] });
  expect(texts(run)).toEqual([undefined, "loaded", null]);
});

it("a further state keeps what is loaded", () => {
  const run = joined();
  run.apply({
    kind: "events",
    first: 101,
    timestamp: AT,
    events: [output("x", ""), output("new", "n")],
  });
  run.apply({ kind: "gap", from: 103, to: 110, reason: "slow" });
  const outputs = [{ name: "new", caption: null, seq: 102, ...NO_BLOB }];
  run.apply({ kind: "state", state: runState({ head: 110, outputs }) });

  expect(texts(run)).toEqual(["n"]);
});

it("the number of outputs is bounded", () => {
  const run = new Run();
  for (let n = 0; n < 40; n++) {
    run.apply({ kind: "events", first: n + 1, timestamp: AT, events: [output(null, `${n}`)] });
  }

  expect(texts(run)).toEqual(Array.from({ length: 30 }, (_, n) => `${n + 10}`));
});
