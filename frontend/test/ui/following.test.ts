// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { staticFeed } from "../../src/feeds/static-feed.js";
import { mount } from "../../src/view/mount.js";

const message = {
  type: "agent_message",
  agent: "planner",
  event: { type: "TEXT_MESSAGE_CHUNK", messageId: "m", delta: "The plan is ready." },
};

let resized: (() => void)[];
let entries: HTMLElement;
let unmount: () => void;

/** Show the message in a view whose element is 500 pixels high. */
beforeEach(async () => {
  vi.useFakeTimers();
  resized = [];
  class FakeResizeObserver {
    constructor(callback: () => void) {
      resized.push(callback);
    }
    observe() {}
    disconnect() {}
  }
  vi.stubGlobal("ResizeObserver", FakeResizeObserver);
  const feed = staticFeed({ phase: "connected" });
  const timestamp = new Date().toISOString();
  feed.run.apply({ kind: "events", first: 1, timestamp, events: [message] });
  const host = document.createElement("div");
  unmount = mount(host, { watch: () => feed }, { sprintId: "run" });
  await vi.advanceTimersByTimeAsync(50);
  const found = host.querySelector<HTMLElement>(".rtw-timeline-rows");
  if (!found) throw new Error("no rows");
  entries = found;
  Object.defineProperty(entries, "scrollHeight", { value: 500 });
});

afterEach(async () => {
  unmount();
  await vi.advanceTimersByTimeAsync(200);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const resize = () => {
  for (const callback of resized) callback();
};

it("messages that were drawn without a size are shown from their end", () => {
  resize();

  expect(entries.scrollTop).toBe(500);
});

it("a resize between a key that moves up and the next frame does not move it to the end", () => {
  resize();
  entries.dispatchEvent(new KeyboardEvent("keydown", { key: "Home" }));
  entries.scrollTop = 0;

  resize();

  expect(entries.scrollTop).toBe(0);
});
