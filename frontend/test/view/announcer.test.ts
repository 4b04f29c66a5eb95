// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ConnectionState } from "../../src/feeds/feed.js";
import type { AnyEvent } from "../../src/protocol/messages.js";
import { mount } from "../../src/view/mount.js";
import { FakeSource } from "../fake-source.js";
import { log } from "../fakes.js";

const status = (value: string): AnyEvent => ({ type: "status_update", status: value });
const error: AnyEvent = { ...log("broken"), level: "error" };
const agui = (type: string, fields = {}): AnyEvent => ({
  type: "agent_message",
  agent: "planner",
  event: { type, messageId: "m", ...fields },
});
const said = (messageId: string, delta: string, role = "assistant"): AnyEvent[] => [
  agui("TEXT_MESSAGE_START", { messageId, role }),
  agui("TEXT_MESSAGE_CONTENT", { messageId, delta }),
  agui("TEXT_MESSAGE_END", { messageId }),
];

/** A view of a run, and what a test lets happen to it. */
class Shown extends FakeSource {
  readonly unmount: () => void;

  constructor(sprintId: string, state?: ConnectionState) {
    super(state, () => wait(0.05));
    this.unmount = mount(document.body, this, { sprintId });
    shown.push(this);
  }
}

let shown: Shown[];
/** All that was put into the region, in order. */
let heard: string[];
let last: Node | null;

const places = () => document.querySelectorAll(".realtime-widgets-live");

/** Let time pass, and hear what is put into the region in it. */
async function wait(seconds: number): Promise<void> {
  for (let step = 0; step < seconds * 20; step++) {
    await vi.advanceTimersByTimeAsync(50);
    const text = places()[0]?.firstChild ?? null;
    if (text !== null && text !== last) heard.push(text.textContent ?? "");
    last = text;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-22T22:00:00Z") });
  shown = [];
  heard = [];
  last = null;
});

afterEach(async () => {
  for (const view of shown) view.unmount();
  await vi.advanceTimersByTimeAsync(1_000);
  vi.useRealTimers();
});

describe("what is read out", () => {
  it("comes into a place that was there, and empty, before", async () => {
    const view = new Shown("run");
    await wait(0.05);

    expect(places()).toHaveLength(1);
    expect(places()[0]?.textContent).toBe("");
    expect(places()[0]?.getAttribute("role")).toBe("status");

    await view.events(status("running"));
    await wait(1);

    expect(heard).toEqual(["Running, connected"]);
  });

  it("is only what has changed", async () => {
    const view = new Shown("run");
    await view.events(status("running"), status("failed"), status("running"));
    await wait(5);
    await view.events({ type: "dropped", count: 2, reason: "refused" });
    await wait(5);
    await view.events(status("succeeded"));
    await wait(5);
    await view.state({ phase: "reconnecting", why: "x", retryAt: null });
    await wait(5);
    await view.events(log("nothing to say"));
    await wait(60);

    expect(heard).toEqual([
      "Running, attempt 2, connected",
      "2 lost events",
      "Succeeded",
      "the connection is lost, reconnecting",
    ]);
  });

  it("is said of a lost run with the time when it was last seen", async () => {
    const view = new Shown("run");
    await view.events(status("running"));
    await wait(5);
    await view.events(status("lost"));
    await wait(5);

    expect(heard.at(-1)).toMatch(/^Lost contact, last seen [\d:]{8}$/);
  });

  it("comes at most every three seconds", async () => {
    const view = new Shown("run");
    await wait(1);
    await view.events(status("running"));
    await wait(1);
    await view.events(status("needs_input"));
    await wait(0.5);
    expect(heard).toEqual(["no such run"]);
    await wait(2);

    expect(heard).toEqual(["no such run", "Needs input, connected"]);
  });
});

describe("errors", () => {
  it("are told at once, and then every 30 s with their count while they go on", async () => {
    const view = new Shown("run");
    await view.events(status("running"));
    await wait(1);
    heard = [];
    await view.events(error);
    await wait(0.5);
    expect(heard).toEqual(["1 error in the log"]);

    for (let half = 0; half < 130; half++) {
      await view.events(error);
      await wait(0.5);
    }

    expect(heard).toHaveLength(3);
    expect(heard.at(-1)).toMatch(/^1\d\d errors in the log$/);
  });

  it("of the time in between are told in the end, though nothing else comes", async () => {
    const view = new Shown("run");
    await view.events(error);
    await wait(2);
    await view.events(error, error);
    await wait(10);
    expect(heard.join()).not.toContain("3 errors");

    await wait(30);

    expect(heard.at(-1)).toBe("3 errors in the log");
    await wait(120);
    expect(heard.at(-1)).toBe("3 errors in the log");
    expect(heard.filter((words) => words.includes("3 errors"))).toHaveLength(1);
  });
});

describe("messages of agents", () => {
  it("are told once, short, when they have ended", async () => {
    const view = new Shown("run");
    await view.events(status("running"));
    await wait(5);
    heard = [];
    await view.events(
      agui("TEXT_MESSAGE_START"),
      agui("TEXT_MESSAGE_CONTENT", { delta: `All\n\x1b[32mfine\x1b[0m.\u202e${"x".repeat(999)}` }),
    );
    await wait(5);
    expect(heard).toEqual([]);

    await view.events(agui("TEXT_MESSAGE_END"));
    await wait(5);
    await view.events(log("more"));
    await wait(60);

    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatch(/^planner: All fine\.<U\+202E>x+…$/);
    expect(heard[0]?.length).toBeLessThan(200);
  });

  it("are the newest two where many come, and how many more", async () => {
    const view = new Shown("run");
    await view.events(status("running"));
    await wait(5);
    await view.events(...["a", "b", "c", "d"].flatMap((id) => said(id, `message ${id}`)));
    await wait(5);

    expect(heard.at(-1)).toBe("2 more messages. planner: message c. planner: message d");
  });

  it("of users, and those that were there before, are not told", async () => {
    const view = new Shown("run", { phase: "catching_up", seq: 0, head: 9 });
    await view.events(...said("a", "before"), agui("TEXT_MESSAGE_START", { messageId: "b" }));
    await view.state({ phase: "connected" });
    await wait(5);
    await view.events(...said("c", "a question", "user"));
    await view.events(agui("TEXT_MESSAGE_CONTENT", { messageId: "b", delta: "after" }));
    await view.events(agui("TEXT_MESSAGE_END", { messageId: "b" }));
    await wait(5);

    expect(heard.join("|")).toContain("planner: after");
    expect(heard.join("|")).not.toMatch(/before|question/);
  });
});

describe("several views", () => {
  it("share one place, and say which run it is", async () => {
    const first = new Shown("first");
    const second = new Shown("second");
    await first.events(status("running"));
    await second.events(status("running"));
    await wait(5);
    await second.events(status("failed"));
    await wait(5);

    expect(places()).toHaveLength(1);
    expect(heard).toEqual([
      "first: Running, connected. second: Running, connected",
      "second: Failed",
    ]);
  });

  it("of one run speak once, also when the first of them has gone", async () => {
    const [first, second] = [new Shown("run"), new Shown("run")];
    for (const view of [first, second]) await view.events(status("running"));
    await wait(5);
    expect(heard).toEqual(["Running, connected"]);

    first.unmount();
    await second.events(status("failed"));
    await wait(5);

    expect(heard).toEqual(["Running, connected", "Failed"]);
  });

  it("leave nothing when the last has gone", async () => {
    const view = new Shown("run");
    await view.events(error);

    view.unmount();
    await wait(1);

    expect(places()).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
