// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AnyEvent } from "../../../src/protocol/messages.js";
import { mount } from "../../../src/view/mount.js";
import { RowView } from "../../../src/view/timeline/row.js";
import { FakeSource, nextFrame } from "../../fake-source.js";

const NOW = Date.parse("2026-11-22T22:00:00Z");

let host: HTMLElement;
let source: FakeSource;
let unmount: () => void;

const agui = (type: string, fields = {}, time = Date.now() / 1_000): AnyEvent => ({
  type: "agent_message",
  agent: "planner",
  event: { type, ...fields },
  time,
});
const texts = (selector: string) =>
  [...host.querySelectorAll(selector)].map((element) => element.textContent);
const labels = () =>
  [...host.querySelectorAll("article")].map((row) => row.getAttribute("aria-label"));
const click = async (selector: string) => {
  host.querySelector<HTMLElement>(selector)?.click();
  await nextFrame();
};

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  host = document.createElement("div");
  document.body.append(host);
  source = new FakeSource();
  unmount = mount(host, source, { sprintId: "run" });
});

afterEach(async () => {
  unmount();
  host.remove();
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

const RUNNING: AnyEvent = { type: "status_update", status: "running", message: null };

it("a delta into an open message changes only the row of the message", async () => {
  await source.events(
    RUNNING,
    agui("STEP_STARTED", { stepName: "load" }),
    agui("TOOL_CALL_START", { toolCallId: "1", toolCallName: "sql" }),
    agui("TEXT_MESSAGE_START", { messageId: "m" }),
    agui("TEXT_MESSAGE_CONTENT", { messageId: "m", delta: "Hel" }),
  );
  const changed: MutationRecord[] = [];
  const observer = new MutationObserver((records) => changed.push(...records));
  for (const row of host.querySelectorAll("article:not(.rtw-row-message)")) {
    const all = { attributes: true, childList: true, characterData: true, subtree: true };
    observer.observe(row, all);
  }

  await source.events(agui("TEXT_MESSAGE_CONTENT", { messageId: "m", delta: "lo" }));
  await vi.advanceTimersByTimeAsync(150);

  expect(texts(".rtw-row-message .rtw-text")).toEqual(["Hello"]);
  expect([...changed, ...observer.takeRecords()]).toEqual([]);
  observer.disconnect();
});

it("100,000 deltas of an open message draw its row once a frame, and a bounded part of its text", async () => {
  const open = agui("TEXT_MESSAGE_START", { messageId: "m" });
  await source.events(RUNNING, agui("STEP_STARTED", { stepName: "load" }), open);
  const drawn = vi.spyOn(RowView.prototype, "render");
  const delta = agui("TEXT_MESSAGE_CONTENT", { messageId: "m", delta: "a " });
  let longest = 0;

  for (let frame = 0; frame < 100; frame += 1) {
    drawn.mockClear();
    await source.events(...Array<AnyEvent>(1_000).fill(delta));
    expect(drawn.mock.calls.length).toBeLessThanOrEqual(1);
    longest = Math.max(longest, texts(".rtw-row-message")[0]?.length ?? 0);
  }

  expect(longest).toBeLessThanOrEqual(20_100);
  expect(texts(".rtw-more")).toEqual(["Show 192,000 more characters"]);
});

it("fewer than 300 rows of 5,000 nodes are in the page, the newest among them", async () => {
  const steps = Array.from({ length: 5_000 }, (_, n) =>
    agui("STEP_FINISHED", { stepName: `step ${n}` }),
  );
  await source.events(...steps);

  expect(labels().length).toBeLessThan(300);
  expect(labels().at(-1)).toBe("step step 4999, done");
});

it("a tool that runs ticks, and shows when no event has come for a minute", async () => {
  await source.events(
    RUNNING,
    agui("TOOL_CALL_START", { toolCallId: "1", toolCallName: "sql" }),
    agui("TOOL_CALL_END", { toolCallId: "1" }),
  );
  await vi.advanceTimersByTimeAsync(5_000);
  expect(texts(".rtw-took")).toEqual(["5 s"]);
  expect(texts(".rtw-silence")).toEqual([]);

  await vi.advanceTimersByTimeAsync(130_000);
  expect(texts(".rtw-silence")).toEqual(["no word for 2 min"]);

  await source.events(agui("TOOL_CALL_RESULT", { toolCallId: "1", content: "ok" }));
  expect(texts(".rtw-silence")).toEqual([]);
  expect(texts(".rtw-took")).toEqual(["2 min 15 s"]);
});

it("a result of more than 12 lines is folded after them", async () => {
  const content = Array.from({ length: 40 }, (_, n) => `row ${n}`).join("\n");
  await source.events(
    agui("TOOL_CALL_START", { toolCallId: "1", toolCallName: "sql" }),
    agui("TOOL_CALL_RESULT", { toolCallId: "1", content }),
  );
  await click("summary");
  expect(texts(".rtw-pre")[0]?.split("\n")).toHaveLength(12);
  expect(texts(".rtw-more")).toEqual(["Show 28 more lines"]);

  await click(".rtw-more");

  expect(texts(".rtw-pre")).toEqual([content]);
});

it("changes of the state are one row, which unfolds to a tree with the last change marked", async () => {
  await source.events(
    agui("STATE_SNAPSHOT", { snapshot: { left: 3, done: ["a"] } }),
    agui("STATE_DELTA", { delta: [{ op: "replace", path: "/left", value: 2 }] }),
  );
  expect(labels()).toEqual(["state changed 2 times"]);

  await click("summary");

  expect(texts(".rtw-json-changed")).toEqual(["left 2changed"]);
  expect(texts(".rtw-json-text")).toEqual(["a"]);
});

it("an interrupt is a card: what is asked, for which tool, and since when", async () => {
  const interrupt = { id: "i", reason: "approval", message: "Refund $59.97?", toolCallId: "1" };
  await source.events(
    agui("RUN_STARTED", { runId: "r" }),
    agui("TOOL_CALL_START", { toolCallId: "1", toolCallName: "refund" }),
    agui("TOOL_CALL_END", { toolCallId: "1" }),
    agui("RUN_FINISHED", { runId: "r", outcome: { type: "interrupt", interrupts: [interrupt] } }),
  );
  await vi.advanceTimersByTimeAsync(8_000);

  expect(texts(".rtw-interrupt-open strong")).toEqual(["Needs your answer"]);
  const [words] = texts(".rtw-interrupt-open");
  for (const part of ["approval", "tool refund", "waits 8 s", "Refund $59.97?"]) {
    expect(words).toContain(part);
  }

  const resume = [{ interruptId: "i", status: "resolved" }];
  await source.events(agui("RUN_STARTED", { runId: "s", input: { resume } }));

  expect(texts(".rtw-interrupt strong")).toEqual(["Needed an answer"]);
});

it("reasoning is folded to how long it took and its first sentence", async () => {
  const id = { messageId: "r" };
  await source.events(
    agui("REASONING_MESSAGE_START", id, 1),
    agui("REASONING_MESSAGE_CONTENT", { ...id, delta: "The table is large. Then more." }, 2),
    agui("REASONING_MESSAGE_END", id, 5.1),
  );

  expect(texts(".rtw-summary")).toEqual(["Thought for 4.1 s — The table is large."]);
});
