import { describe, expect, it } from "vitest";
import { Timeline } from "../../../src/model/timeline.js";
import { waterfallRows } from "../../../src/view/waterfall/waterfall-rows.js";

/** A timeline of AG-UI events, each with its time in seconds. */
function timelineOf(...events: [time: number, type: string, fields?: object][]): Timeline {
  const timeline = new Timeline();
  for (const [time, type, fields] of events) {
    const message = { agent: "planner", time, event: { type, ...fields } };
    timeline.add(message, time * 1_000);
  }
  return timeline;
}

const CALL = { toolCallId: "t", toolCallName: "sql" };
const STEPS = timelineOf(
  [0, "STEP_STARTED", { stepName: "all" }],
  [2, "TOOL_CALL_START", CALL],
  [4, "TOOL_CALL_END", CALL],
  [6, "TOOL_CALL_RESULT", { ...CALL, content: "x" }],
  [10, "STEP_FINISHED", { stepName: "all" }],
);

const shown = (timeline: Timeline, closed: number[] = [], now: number | null = null) =>
  waterfallRows(timeline.nodes, new Set(closed), now).map((row) => [
    row.node.title,
    row.depth,
    row.isOpen,
    row.start,
    row.width,
  ]);

describe("the rows of a waterfall", () => {
  it("are not there for messages without a text", () => {
    const message = { messageId: "m" };
    const timeline = timelineOf(
      [0, "TEXT_MESSAGE_START", message],
      [1, "TEXT_MESSAGE_END", message],
      [2, "STEP_STARTED", { stepName: "step" }],
    );

    expect(shown(timeline)).toEqual([["step", 0, null, 0, null]]);
  });

  it("have bars from beginning to end, as shares of the whole time", () => {
    expect(shown(STEPS)).toEqual([
      ["all", 0, true, 0, 1],
      ["sql", 1, null, 0.2, 0.4],
    ]);
  });

  it("leave out the parts of what is folded", () => {
    const first = STEPS.nodes[0]?.n ?? -1;

    expect(shown(STEPS, [first])).toEqual([["all", 0, false, 0, 1]]);
  });

  it("extend until now where something is open, in a live view only", () => {
    const open = timelineOf([0, "STEP_STARTED", { stepName: "all" }], [5, "TOOL_CALL_START", CALL]);

    expect(shown(open, [], 10_000).map((row) => row.slice(3))).toEqual([
      [0, 1],
      [0.5, 0.5],
    ]);
    expect(shown(open).map((row) => row[4])).toEqual([null, null]);
  });

  it("leave out what has no time", () => {
    const timeline = new Timeline();
    const message = { agent: "a", event: { type: "STEP_STARTED", stepName: "x" } };
    timeline.add(message, 1_000);

    expect(shown(timeline)).toEqual([]);
  });
});
