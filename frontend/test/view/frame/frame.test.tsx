// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AnyEvent } from "../../../src/protocol/messages.js";
import { mount } from "../../../src/view/mount.js";
import { FakeSource, nextFrame } from "../../fake-source.js";
import { log } from "../../fakes.js";

const agui = (type: string, fields = {}): AnyEvent => ({
  type: "agent_message",
  agent: "planner",
  event: { type, messageId: "m", toolCallId: "t", ...fields },
});
const RUN: AnyEvent[] = [
  agui("TEXT_MESSAGE_CHUNK", { delta: "Hi" }),
  agui("TOOL_CALL_START", { toolCallName: "sql" }),
  agui("STATE_SNAPSHOT", { snapshot: { rows: 1 } }),
  log("a line"),
];

let host: HTMLElement;
let source: FakeSource;
let unmount: () => void;

async function show(options = {}): Promise<void> {
  unmount();
  source = new FakeSource();
  unmount = mount(host, source, { sprintId: "run", ...options });
  await source.events(...RUN);
}

const all = (selector: string) => [...host.querySelectorAll<HTMLElement>(selector)];
const selected = () => all('[role="tab"][aria-selected="true"]').map((tab) => tab.textContent);
const visible = () =>
  all(".rtw-panel:not([hidden])").map((part) => part.getAttribute("aria-label"));
const press = async (selector: string, key: string, more = {}) => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  host.querySelector(selector)?.dispatchEvent(event);
  await nextFrame();
};

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers({ now: Date.parse("2026-11-22T22:00:00Z") });
  host = document.createElement("div");
  document.body.append(host);
  unmount = () => undefined;
});

afterEach(async () => {
  unmount();
  host.remove();
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

describe("the tabs", () => {
  it("are not there while there is one of them", async () => {
    unmount = mount(host, new FakeSource(), { sprintId: "run" });
    await show();
    expect(all('[role="tab"]')).toHaveLength(4);

    source = new FakeSource();
    unmount();
    unmount = mount(host, source, { sprintId: "other" });
    await source.events(log("a"));
    expect(all('[role="tab"]')).toEqual([]);
    expect(all(".rtw-line-text")).toHaveLength(1);
  });

  it("are moved through by keys, and the others are not in the order of Tab", async () => {
    await show();
    expect(visible()).toEqual(["Timeline"]);

    await press('[role="tablist"]', "ArrowRight");
    expect(visible()).toEqual(["Chat"]);
    await press('[role="tablist"]', "End");
    expect(visible()).toEqual(["State"]);
    await press('[role="tablist"]', "ArrowRight");
    expect(visible()).toEqual(["Timeline"]);
    expect(all('[role="tab"]').map((tab) => tab.tabIndex)).toEqual([0, -1, -1, -1]);
  });

  it("are remembered for the run", async () => {
    await show();
    all('[role="tab"]')[3]?.click();
    await nextFrame();

    await show();
    expect(selected()).toEqual(["State"]);
    await show({ sprintId: "another" });
    expect(selected()).toEqual(["Timeline"]);
  });

  it.each([
    ["/", {}],
    ["f", { ctrlKey: true }],
  ])("show the log for %s, with its search field", async (key, more) => {
    await show();

    await press(".rtw-view", key, more);

    expect(visible()).toEqual(["Log"]);
    expect(document.activeElement?.className).toContain("rtw-find");
  });

  it("leave a part that was opened as it was", async () => {
    await show();
    await press(".rtw-view", "/");
    const field = host.querySelector<HTMLInputElement>(".rtw-find");
    await press('[role="tablist"]', "Home");
    expect(visible()).toEqual(["Timeline"]);

    await press('[role="tablist"]', "ArrowRight");
    await press('[role="tablist"]', "ArrowRight");

    expect(host.querySelector(".rtw-find")).toBe(field);
  });
});

describe("the height", () => {
  it("is set by keys at the lower edge, and remembered until it is reset", async () => {
    await show();
    await press(".rtw-height-handle", "ArrowDown");
    const height = host.querySelector<HTMLElement>(".rtw-view")?.style.blockSize;
    expect(height).toMatch(/^\d+px$/);

    await show();
    expect(host.querySelector<HTMLElement>(".rtw-view")?.style.blockSize).toBe(height);

    await press(".rtw-height-handle", "Home");
    expect(host.querySelector<HTMLElement>(".rtw-view")?.style.blockSize).toBe("");
  });

  it("is that of the tab or page where the view fills it", async () => {
    await show({ fills: true });

    expect(host.querySelector(".rtw-height-handle")).toBeNull();
  });
});

describe("the header", () => {
  it("has Live while the run is in progress and connected, and else no word of it", async () => {
    await show();
    await source.events({ type: "status_update", status: "running" });
    expect(all(".rtw-live-mark")).toHaveLength(1);

    await source.state({ phase: "reconnecting", why: "x", retryAt: null });
    expect(all(".rtw-live-mark")).toHaveLength(0);
    await source.state({ phase: "connected" });
    await source.events({ type: "status_update", status: "succeeded" });

    expect(all(".rtw-live-mark")).toHaveLength(0);
    expect(host.querySelector(".rtw-phase")?.className).toContain("rtw-visually-hidden");
  });

  it("unfolds tokens and cost", async () => {
    await show();
    await source.events(
      agui("RUN_STARTED", { runId: "r" }),
      agui("RUN_FINISHED", { runId: "r", usage: [{ model: "gpt", inputTokens: 12_400 }] }),
    );
    const button = host.querySelector<HTMLElement>(".rtw-spent");
    expect(button?.textContent).toBe("12.4k incost unknown");

    button?.click();
    await nextFrame();

    expect(all(".rtw-spent-lines li").map((line) => line.textContent)).toEqual([
      "gpt: 12,400 in, unknown out",
      "cost unknown",
    ]);
  });

  it("has the links of the run in its menu", async () => {
    const writeText = vi.fn(async () => undefined);
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    await show({ links: { href: (id: string | null) => `http://lab/realtime/${id ?? ""}` } });

    host.querySelector<HTMLElement>('[aria-label="More of the run"]')?.click();
    await nextFrame();
    const items = all('[role="menuitem"]');
    expect(items.map((item) => item.textContent)).toEqual([
      "Open on a separate page",
      "Copy the link",
      "All runs",
    ]);
    items[1]?.click();

    expect(writeText).toHaveBeenCalledWith("http://lab/realtime/run");
    vi.unstubAllGlobals();
  });
});
