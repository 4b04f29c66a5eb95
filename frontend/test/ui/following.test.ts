// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { staticFeed } from "../../src/feeds/static-feed.js";
import { mount } from "../../src/view/mount.js";

const message = {
  type: "agent_message",
  agent: "planner",
  event: { type: "TEXT_MESSAGE_CHUNK", messageId: "m", delta: "The plan is ready." },
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("messages that were drawn without a size are shown from their end", async () => {
  vi.useFakeTimers();
  const resized: (() => void)[] = [];
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
  const unmount = mount(host, { watch: () => feed }, { sprintId: "run" });
  await vi.advanceTimersByTimeAsync(50);
  const entries = host.querySelector<HTMLElement>(".rtw-timeline-rows");
  Object.defineProperty(entries, "scrollHeight", { value: 500 });

  for (const callback of resized) callback();

  expect(entries?.scrollTop).toBe(500);
  unmount();
  await vi.advanceTimersByTimeAsync(200);
});
