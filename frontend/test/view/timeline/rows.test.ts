import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { LogLine } from "../../../src/model/log-line.js";
import { Timeline } from "../../../src/model/timeline.js";
import { Folds } from "../../../src/view/timeline/folds.js";
import { labelOf } from "../../../src/view/timeline/labels.js";
import { PARTS, type Row, rowsOf } from "../../../src/view/timeline/rows.js";

type Fields = Record<string, unknown>;

let timeline: Timeline;
let clock: number;

function begin(): void {
  timeline = new Timeline();
  clock = 0;
}

/** Apply events, one each second. */
function apply(...events: [type: string, fields?: Fields][]): void {
  for (const [type, fields = {}] of events) {
    clock += 1;
    timeline.add({ agent: "planner", event: { type, ...fields }, time: clock }, clock * 1_000);
  }
}

function call(id: string, fields: Fields = {}, tool = "sql"): [string, Fields][] {
  return [
    ["TOOL_CALL_START", { toolCallId: id, toolCallName: tool, ...fields }],
    ["TOOL_CALL_END", { toolCallId: id }],
    ["TOOL_CALL_RESULT", { toolCallId: id, content: "[]", ...fields }],
  ];
}

const failure = { error: "no such table" };
const message: [string, Fields][] = [["TEXT_MESSAGE_CHUNK", { messageId: "m", delta: "Done." }]];

interface Shown {
  isLive?: boolean;
  folds?: Folds;
  lines?: LogLine[];
  isChat?: boolean;
  isUnfolded?: boolean;
}

function rows({
  isLive = true,
  folds = new Folds(),
  lines = [],
  isChat = false,
  isUnfolded = false,
}: Shown = {}): Row[] {
  return rowsOf(timeline.nodes, { folds, lines, isLive: () => isLive, isChat, isUnfolded });
}

function labels(shown: Shown = {}): string[] {
  const { isLive = true } = shown;
  return rows(shown).map((row) => "  ".repeat(row.depth) + labelOf(row, isLive));
}

function line(seconds: number, text: string): LogLine {
  const origin = { level: "warning", source: null, isStderr: false } as const;
  return {
    n: 1,
    seq: seconds,
    kind: "log",
    time: seconds * 1_000,
    text,
    segments: null,
    part: 0,
    ...origin,
  };
}

it("a row shows what it is, how it ended and how long it took", () => {
  begin();
  apply(["RUN_STARTED", { runId: "r" }], ...call("1"), ...call("2", failure), ...message);

  expect(labels()).toEqual([
    "tool sql, answered, 1.0 s",
    "tool sql, failed, 1.0 s",
    "message of planner, under way",
  ]);
});

it("three calls in a row fold when the turn is over, and are open until then", () => {
  begin();
  apply(["RUN_STARTED"], ...call("1"), ...call("2"), ...call("3"));
  const group = () => rows().filter(({ kind }) => kind === "group");
  expect(group()).toMatchObject([{ isOpen: true }]);
  expect(labels()).toHaveLength(1 + 3 + 1);

  apply(...message, ["TEXT_MESSAGE_CHUNK", { messageId: "n", delta: "More" }], ...call("4"));

  expect(group()).toMatchObject([{ isOpen: false }]);
  expect(labels()[0]).toBe("3 tool calls, folded");
});

it("the newest group is open while the run lives, and folds with its end", () => {
  begin();
  apply(...call("1"), ...call("2"), ...call("3"), ...message);

  expect(rows()).toMatchObject([{ kind: "group", isOpen: true }, {}, {}, {}, {}]);
  expect(labels({ isLive: false })).toEqual(["3 tool calls, folded", expect.any(String)]);
});

it("two calls, and calls with a message between them, do not fold", () => {
  begin();
  apply(...call("1"), ...call("2"), ...message, ...call("3"), ...call("4"));

  expect(rows({ isLive: false }).map(({ kind }) => kind)).not.toContain("group");
});

it("a group with a failure folds only by a click, and the failed call stays", () => {
  begin();
  apply(...call("1"), ...call("2", failure), ...call("3"), ...message);
  const folds = new Folds();
  const shown = { isLive: false, folds };
  expect(labels(shown)).toHaveLength(1 + 3 + 1);

  folds.set("g0", "parts", false);

  expect(labels(shown)).toEqual([
    "3 tool calls, 1 failed, folded",
    "  tool sql, failed, 1.0 s",
    expect.any(String),
  ]);
});

it("a click of the reader wins over every later change", () => {
  begin();
  const folds = new Folds();
  apply(...call("1"), ...call("2"), ...call("3"));
  folds.set("g0", "parts", false);
  expect(labels({ folds })).toEqual(["3 tool calls, folded"]);

  apply(...call("4"), ...message);
  expect(labels({ folds })[0]).toBe("4 tool calls, folded");

  folds.set("g0", "parts", true);
  expect(labels({ folds, isLive: false })).toHaveLength(1 + 4 + 1);
});

it("parallel sub-agents are branches, each with its own rows and sums", () => {
  begin();
  const file = new URL("../../../../tests/vectors/agui/subagents.json", import.meta.url);
  const { events } = JSON.parse(readFileSync(file, "utf8")) as { events: Fields[] };
  apply(...events.map((event): [string, Fields] => [String(event["type"]), event]));

  expect(labels({ isLive: false })).toEqual([
    "tool delegate, answered, 21 s",
    "  sub-agent reader, failed, 18 s",
    "    step model, done, 6.0 s",
    "      message of reader, 4.0 s",
    "    tool sql, failed, 2.0 s",
    "  sub-agent writer, done, 18 s",
    "    step model, done, 6.0 s",
    "      message of writer, 4.0 s",
    "    tool save, done, 2.0 s",
    "message of planner, 2.0 s",
  ]);
});

it("branches are indented up to 12 levels, however deep they are", () => {
  begin();
  apply(
    ...Array.from({ length: 5_000 }, (_, n): [string, Fields] => [
      "STEP_STARTED",
      { stepName: `${n}` },
    ]),
  );

  const depths = rows().map(({ depth }) => depth);

  expect(depths).toHaveLength(5_000);
  expect(Math.max(...depths)).toBe(12);
});

it("a heading stands above the first row of each speaker", () => {
  begin();
  const input = { messages: [{ id: "u", role: "user", content: "Which features drive churn?" }] };
  apply(["RUN_STARTED", { input }], ...call("1"), ...message);

  const names = rows().map(({ heading }) => heading?.name ?? "");

  expect(names).toEqual(["User", "planner", ""]);
});

it("warnings of the log stand at their time, in the step that was open then", () => {
  begin();
  apply(["STEP_STARTED", { stepName: "load" }], ...call("1"), ...call("2"));
  apply(["STEP_FINISHED", { stepName: "load" }], ...message);
  const lines = [line(4, "slow"), line(9, "late")];

  expect(labels({ lines })).toEqual([
    "step load, done, 7.0 s",
    "  tool sql, answered, 1.0 s",
    "  warning, slow",
    "  tool sql, answered, 1.0 s",
    "message of planner, under way",
    "warning, late",
  ]);
});

it("many warnings in a row are one row, which unfolds to them", () => {
  begin();
  apply(...call("1"), ...message);
  const lines = [20, 21, 22, 23].map((seconds) => line(seconds, `slow ${seconds}`));
  const folds = new Folds();

  expect(labels({ lines }).slice(-1)).toEqual(["4 warnings, folded"]);
  folds.set("w20", PARTS, true);
  expect(labels({ lines, folds }).slice(-5)).toEqual([
    "4 warnings",
    ...[20, 21, 22, 23].map((seconds) => `  warning, slow ${seconds}`),
  ]);
});

it("working is shown only where nothing that is open has a row", () => {
  begin();
  apply(["RUN_STARTED", { runId: "r" }]);
  expect(labels()).toEqual(["working"]);
  expect(labels({ isLive: false })).toEqual([]);

  apply(["TOOL_CALL_START", { toolCallId: "1", toolCallName: "sql" }]);

  expect(labels()).toEqual(["tool sql, under way"]);
});

it("a run that was cancelled, or has a result, ends with a row", () => {
  begin();
  apply(["RUN_STARTED"], ...message, ["RUN_FINISHED", { result: { answer: 42 } }]);
  apply(["RUN_STARTED"], ["RUN_FINISHED", { outcome: { type: "cancelled" } }]);

  expect(labels()).toEqual([expect.any(String), "result of the run", "run cancelled"]);
});
