// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { mount } from "../../../src/view/mount.js";
import { FakeSource, nextFrame } from "../../fake-source.js";
import { log } from "../../fakes.js";

let host: HTMLElement;
let unmount: () => void;

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers();
  host = document.createElement("div");
  document.body.append(host);
});
afterEach(async () => {
  unmount();
  host.remove();
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

it("a part that was not opened is printed whole, and away again after it", async () => {
  const source = new FakeSource();
  unmount = mount(host, source, { sprintId: "run" });
  const event = { type: "TOOL_CALL_START", toolCallId: "t", toolCallName: "sql" };
  await source.events(
    { type: "agent_message", agent: "planner", event },
    ...Array.from({ length: 400 }, (_, n) => log(`line ${n}`)),
  );
  const visible = () => host.querySelectorAll(".rtw-panel:not([hidden])").length;
  expect([visible(), host.querySelectorAll(".rtw-line").length]).toEqual([1, 0]);

  dispatchEvent(new Event("beforeprint"));
  await nextFrame();
  expect([visible(), host.querySelectorAll(".rtw-line").length]).toEqual([2, 400]);

  dispatchEvent(new Event("afterprint"));
  await nextFrame();
  expect([visible(), host.querySelectorAll(".rtw-line").length]).toEqual([1, 0]);
});
