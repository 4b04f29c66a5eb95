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
const message = (messageId: string, delta: string, role = "assistant"): AnyEvent[] => [
  agui("TEXT_MESSAGE_START", { messageId, role }),
  agui("TEXT_MESSAGE_CONTENT", { messageId, delta }),
  agui("TEXT_MESSAGE_END", { messageId }),
];

/** A view of a run, controlled by the test. */
class Shown extends FakeSource {
  readonly unmount: () => void;

  constructor(sprintId: string, state?: ConnectionState) {
    super(state, () => wait(0.05));
    this.unmount = mount(document.body, this, { sprintId });
    shown.push(this);
  }
}

let shown: Shown[];
/** The texts of the region, in order. */
let announced: string[];
let last: Node | null;

const places = () => document.querySelectorAll(".realtime-widgets-live");

/** Advance the time, and collect the texts of the region. */
async function wait(seconds: number): Promise<void> {
  for (let step = 0; step < seconds * 20; step++) {
    await vi.advanceTimersByTimeAsync(50);
    const text = places()[0]?.firstChild ?? null;
    if (text !== null && text !== last) announced.push(text.textContent ?? "");
    last = text;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-22T22:00:00Z") });
  shown = [];
  announced = [];
  last = null;
});

afterEach(async () => {
  for (const view of shown) view.unmount();
  await vi.advanceTimersByTimeAsync(1_000);
  vi.useRealTimers();
});

describe("an announcement", () => {
  it("comes into a region that was in the page before, and empty", async () => {
    const view = new Shown("run");
    await wait(0.05);

    expect(places()).toHaveLength(1);
    expect(places()[0]?.textContent).toBe("");
    expect(places()[0]?.getAttribute("role")).toBe("status");

    await view.events(status("running"));
    await wait(1);

    expect(announced).toEqual(["Running, connected"]);
  });

  it("has only what has changed", async () => {
    const view = new Shown("run");
    await view.events(status("running"), status("failed"), status("running"));
    await wait(5);
    await view.events({ type: "dropped", count: 2, reason: "refused" });
    await wait(5);
    await view.events(status("succeeded"));
    await wait(5);
    await view.state({ phase: "reconnecting", why: "x", retryAt: null });
    await wait(5);
    await view.events(log("nothing to announce"));
    await wait(60);

    expect(announced).toEqual([
      "Running, attempt 2, connected",
      "2 lost events",
      "Succeeded",
      "the connection is lost, reconnecting",
    ]);
  });

  it("of a lost run has the time when it was last seen", async () => {
    const view = new Shown("run");
    await view.events(status("running"));
    await wait(5);
    await view.events(status("lost"));
    await wait(5);

    expect(announced.at(-1)).toMatch(/^Lost contact, last seen [\d:]{8}$/);
  });

  it("comes at most every three seconds", async () => {
    const view = new Shown("run");
    await wait(1);
    await view.events(status("running"));
    await wait(1);
    await view.events(status("needs_input"));
    await wait(0.5);
    expect(announced).toEqual(["no such run"]);
    await wait(2);

    expect(announced).toEqual(["no such run", "Needs input, connected"]);
  });
});

describe("errors", () => {
  it("are announced at once, and then every 30 s with their count", async () => {
    const view = new Shown("run");
    await view.events(status("running"));
    await wait(1);
    announced = [];
    await view.events(error);
    await wait(0.5);
    expect(announced).toEqual(["1 error in the log"]);

    for (let half = 0; half < 130; half++) {
      await view.events(error);
      await wait(0.5);
    }

    expect(announced).toHaveLength(3);
    expect(announced.at(-1)).toMatch(/^1\d\d errors in the log$/);
  });

  it("of the time in between are announced at its end, without another event", async () => {
    const view = new Shown("run");
    await view.events(error);
    await wait(2);
    await view.events(error, error);
    await wait(10);
    expect(announced.join()).not.toContain("3 errors");

    await wait(30);

    expect(announced.at(-1)).toBe("3 errors in the log");
    await wait(120);
    expect(announced.at(-1)).toBe("3 errors in the log");
    expect(announced.filter((words) => words.includes("3 errors"))).toHaveLength(1);
  });
});

describe("messages of agents", () => {
  it("are announced once, shortened, when they have ended", async () => {
    const view = new Shown("run");
    await view.events(status("running"));
    await wait(5);
    announced = [];
    await view.events(
      agui("TEXT_MESSAGE_START"),
      agui("TEXT_MESSAGE_CONTENT", { delta: `All\n\x1b[32mfine\x1b[0m.\u202e${"x".repeat(999)}` }),
    );
    await wait(5);
    expect(announced).toEqual([]);

    await view.events(agui("TEXT_MESSAGE_END"));
    await wait(5);
    await view.events(log("more"));
    await wait(60);

    expect(announced).toHaveLength(1);
    expect(announced[0]).toMatch(/^planner: All fine\.<U\+202E>x+…$/);
    expect(announced[0]?.length).toBeLessThan(200);
  });

  it("are the newest two of many, with the number of the others", async () => {
    const view = new Shown("run");
    await view.events(status("running"));
    await wait(5);
    await view.events(...["a", "b", "c", "d"].flatMap((id) => message(id, `message ${id}`)));
    await wait(5);

    expect(announced.at(-1)).toBe("2 more messages. planner: message c. planner: message d");
  });

  it("of users, and those from before the connection, are not announced", async () => {
    const view = new Shown("run", { phase: "catching_up", seq: 0, head: 9 });
    await view.events(...message("a", "before"), agui("TEXT_MESSAGE_START", { messageId: "b" }));
    await view.state({ phase: "connected" });
    await wait(5);
    await view.events(...message("c", "a question", "user"));
    await view.events(agui("TEXT_MESSAGE_CONTENT", { messageId: "b", delta: "after" }));
    await view.events(agui("TEXT_MESSAGE_END", { messageId: "b" }));
    await wait(5);

    expect(announced.join("|")).toContain("planner: after");
    expect(announced.join("|")).not.toMatch(/before|question/);
  });
});

describe("several views", () => {
  it("share one region, with the names of the runs", async () => {
    const first = new Shown("first");
    const second = new Shown("second");
    await first.events(status("running"));
    await second.events(status("running"));
    await wait(5);
    await second.events(status("failed"));
    await wait(5);

    expect(places()).toHaveLength(1);
    expect(announced).toEqual([
      "first: Running, connected. second: Running, connected",
      "second: Failed",
    ]);
  });

  it("of one run announce once, also when the first of them is closed", async () => {
    const [first, second] = [new Shown("run"), new Shown("run")];
    for (const view of [first, second]) await view.events(status("running"));
    await wait(5);
    expect(announced).toEqual(["Running, connected"]);

    first.unmount();
    await second.events(status("failed"));
    await wait(5);

    expect(announced).toEqual(["Running, connected", "Failed"]);
  });

  it("remove the region with the last of them", async () => {
    const view = new Shown("run");
    await view.events(error);

    view.unmount();
    await wait(1);

    expect(places()).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
