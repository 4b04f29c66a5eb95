import { describe, expect, it } from "vitest";
import { Run } from "../../../src/model/run.js";
import type { AnyEvent } from "../../../src/protocol/messages.js";
import { choose, shownTabs, type Tab, type TabName, tabsOf } from "../../../src/view/frame/tabs.js";

const agui = (type: string, fields = {}): AnyEvent => ({
  type: "agent_message",
  agent: "planner",
  event: { type, ...fields },
});
const MESSAGE = agui("TEXT_MESSAGE_CHUNK", { messageId: "m", role: "assistant", delta: "Hi" });
const TOOL = agui("TOOL_CALL_START", { toolCallId: "t", toolCallName: "sql" });
const STATE = agui("STATE_SNAPSHOT", { snapshot: { rows: 1 } });
const LOGS: AnyEvent[] = ["info", "warning", "error", "error"].map((level) => ({
  type: "log",
  message: "x",
  level,
}));

function runOf(...events: AnyEvent[]): Run {
  const run = new Run();
  run.apply({ kind: "events", first: 1, timestamp: "2026-11-22T22:00:00Z", events });
  return run;
}

const namesOf = (...events: AnyEvent[]) => tabsOf(runOf(...events)).map(({ name }) => name);

const NONE = { first: null, second: null, isSingle: false };

const tabs = (...names: TabName[]): Tab[] =>
  names.map((name) => ({ name, label: name, count: 0, noun: "", warnings: 0, errors: 0 }));

describe("the tabs of a run", () => {
  it("are those with content", () => {
    expect(namesOf()).toEqual([]);
    expect(namesOf(...LOGS)).toEqual(["log"]);
    expect(namesOf(MESSAGE)).toEqual(["timeline"]);
    expect(namesOf(TOOL, ...LOGS)).toEqual(["timeline", "log"]);
    expect(namesOf(MESSAGE, TOOL, STATE, ...LOGS)).toEqual(["timeline", "chat", "log", "state"]);
  });

  it("have the numbers of warnings, errors and messages", () => {
    const [, chat, log] = tabsOf(runOf(MESSAGE, TOOL, ...LOGS));

    expect(chat).toMatchObject({ count: 1, noun: "message" });
    expect(log).toMatchObject({ warnings: 1, errors: 2 });
  });
});

describe("what is shown", () => {
  it("is the first tab, and the log beside it where there is room", () => {
    const all = tabs("timeline", "chat", "log", "state");

    expect(shownTabs(all, NONE, false)).toEqual(["timeline"]);
    expect(shownTabs(all, NONE, true)).toEqual(["timeline", "log"]);
    expect(shownTabs(tabs("log"), NONE, true)).toEqual(["log"]);
    expect(shownTabs([], NONE, true)).toEqual([]);
  });

  it("is what the reader has chosen, as long as it has content", () => {
    const choice = { first: "state", second: "timeline", isSingle: false };

    expect(shownTabs(tabs("timeline", "log", "state"), choice, true)).toEqual([
      "state",
      "timeline",
    ]);
    expect(shownTabs(tabs("timeline", "log"), choice, true)).toEqual(["timeline", "log"]);
    expect(shownTabs(tabs("log", "state"), { ...choice, isSingle: true }, true)).toEqual(["state"]);
  });

  it("is never the same twice: a tab of the other pane changes places", () => {
    expect(choose(["timeline", "log"], 0, "log")).toEqual(["log", "timeline"]);
    expect(choose(["timeline", "log"], 1, "state")).toEqual(["timeline", "state"]);
    expect(
      shownTabs(tabs("timeline", "log"), { ...NONE, first: "log", second: "log" }, true),
    ).toEqual(["log", "timeline"]);
  });
});
