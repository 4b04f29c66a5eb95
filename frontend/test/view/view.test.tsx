// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runState, taskState } from "../../dev/run-state.js";
import type { ConnectionState } from "../../src/feeds/feed.js";
import type { AnyEvent } from "../../src/protocol/messages.js";
import { mount } from "../../src/view/mount.js";
import { FakeSource, nextFrame } from "../fake-source.js";
import { log } from "../fakes.js";

const EVIL = '<img src=x onerror="alert(1)"><b>bold</b>';

const status = (value: string, message: string | null = null, more = {}): AnyEvent => ({
  type: "status_update",
  status: value,
  message,
  ...more,
});
const progress = (task: string, current: number, total: number | null, more = {}): AnyEvent => ({
  type: "build_progress",
  task,
  current,
  total,
  ...more,
});
const agui = (type: string, fields = {}): AnyEvent => ({
  type: "agent_message",
  agent: "planner",
  event: { type, messageId: "m", toolCallId: "t", ...fields },
});

/** Run Preact's queued effects, which outlive the timers of a test. */
async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(200);
}

let host: HTMLElement;
let source: FakeSource;
let unmount: () => void;

function show(options = {}): void {
  unmount = mount(host, source, { sprintId: "run", ...options });
}

const text = (selector: string) => host.querySelector(selector)?.textContent ?? null;
const texts = (selector: string) =>
  [...host.querySelectorAll(selector)].map((element) => element.textContent);
const click = async (selector: string) => {
  host.querySelector<HTMLElement>(selector)?.click();
  await nextFrame();
};

/** Open each tab once; parts that were opened stay in the document. */
const openTabs = async () => {
  for (const tab of host.querySelectorAll<HTMLElement>('[role="tab"]')) tab.click();
  await nextFrame();
};

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers({ now: Date.parse("2026-11-22T22:00:00Z") });
  host = document.createElement("div");
  document.body.append(host);
  source = new FakeSource();
});

afterEach(async () => {
  unmount();
  host.remove();
  await settled();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("untrusted text", () => {
  it("is shown as text, wherever it comes from", async () => {
    show();

    await source.events(
      status("running", EVIL),
      log(EVIL),
      { type: "log", message: `\x1b[31m${EVIL}\x1b[0m`, source: EVIL },
      { type: EVIL, value: EVIL },
      progress(EVIL, 1, 2, { unit: EVIL, parents: [`${EVIL}2`] }),
      { type: "agent_message", agent: EVIL, event: { type: "TEXT_MESSAGE_CHUNK", delta: EVIL } },
      agui("TOOL_CALL_START", { toolCallName: EVIL }),
      agui("STEP_STARTED", { stepName: EVIL }),
      agui(EVIL),
      { type: "dropped", count: 1, reason: "refused", message: EVIL },
    );
    await openTabs();
    for (const fold of host.querySelectorAll("summary")) fold.click();
    await nextFrame();

    expect(host.querySelectorAll("img, b, script")).toHaveLength(0);
    expect(text(".rtw-message")).toBe(EVIL);
    expect(texts(".rtw-line-text").filter((line) => line?.includes(EVIL))).toHaveLength(4);
    expect(text(".rtw-agent-name")).toBe(EVIL);
    expect(text(".rtw-tool-name")).toBe(EVIL);
  });

  it("is in no id and no data attribute", async () => {
    show();
    await source.events(progress("id", 1, 2), log("data-commandlinker-command"));

    const names = [...host.querySelectorAll("*")].flatMap((element) => element.getAttributeNames());

    expect(names.filter((name) => name === "id" || name.startsWith("data-"))).toEqual([]);
  });

  it("links only to the web, without a referrer", async () => {
    show();

    await source.events(
      log("\x1b]8;;https://example.org/x\x1b\\here\x1b]8;;javascript:1\x1b\\there"),
    );

    const links = [...host.querySelectorAll("a")];
    expect(links.map((link) => [link.textContent, link.getAttribute("href"), link.rel])).toEqual([
      ["here", "https://example.org/x", "noopener noreferrer"],
    ]);
  });

  it("that is not a valid id is never requested", () => {
    const watch = vi.spyOn(source, "watch");

    show({ sprintId: "../../api/contents" });

    expect(watch).not.toHaveBeenCalled();
    expect(text(".rtw-banner")).toContain("not a valid name of a run");
  });
});

describe("the header", () => {
  it("has the status in words and the time since the run began", async () => {
    show();
    await source.events(status("running"));
    await vi.advanceTimersByTimeAsync(65_000);

    expect(text(".rtw-badge")).toBe("Running");
    expect(text(".rtw-elapsed")).toBe("1 min 05 s");

    await source.events(status("succeeded"));
    await vi.advanceTimersByTimeAsync(65_000);

    expect(text(".rtw-badge")).toBe("Succeeded");
    expect(text(".rtw-elapsed")).toBe("1 min 05 s");
  });

  it("shows no time while it is catching up", async () => {
    show();
    await source.events(status("running"));
    await source.state({ phase: "catching_up", seq: 1, head: 9 });
    expect(text(".rtw-header")).not.toMatch(/\d s/);

    await source.state({ phase: "connected" });

    expect(text(".rtw-elapsed")).toBe("0 s");
  });

  it.each([
    [{ phase: "connecting" }, "Connecting…"],
    [{ phase: "connected" }, "Connected"],
    [{ phase: "catching_up", seq: 1_234, head: 9_000 }, "Catching up: 1,234 of 9,000"],
    [{ phase: "reconnecting", why: "x", retryAt: null }, "Reconnecting…"],
    [{ phase: "disconnected", why: "x" }, "Disconnected"],
    [{ phase: "no_server", why: "x" }, "No server"],
  ] as [ConnectionState, string][])("describes %j as %s", async (state, words) => {
    show();

    await source.state(state);

    expect(text(".rtw-phase")).toBe(words);
  });

  it("counts down to the next attempt, with a button to retry now", async () => {
    show();
    await source.state({
      phase: "reconnecting",
      why: "It broke.",
      retryAt: performance.now() + 4_000,
    });
    expect(text(".rtw-phase")).toBe("Reconnecting in 4 s");
    expect(text(".rtw-why")).toBe("It broke.");

    await vi.advanceTimersByTimeAsync(2_000);
    expect(text(".rtw-phase")).toBe("Reconnecting in 2 s");
    await click(".rtw-connection .rtw-button");

    expect(source.retry).toHaveBeenCalledOnce();
  });

  it("has the reason of a disconnection, with a button to try again", async () => {
    show();

    await source.state({ phase: "disconnected", why: "You are not logged in." });
    await click(".rtw-banner .rtw-button");

    expect(text(".rtw-banner span")).toBe("You are not logged in.");
    expect(source.retry).toHaveBeenCalledOnce();
  });
});

describe("a lost publisher", () => {
  const seen = Date.parse("2026-11-22T21:57:30Z");
  const lost = status("lost", "machine words", { last_seen: seen / 1000 });

  it("has the time when it was last seen, and the time of the run stops", async () => {
    show();
    await source.notice({
      kind: "events",
      first: 1,
      timestamp: "2026-11-22T21:57:00Z",
      events: [status("running"), lost],
    });
    await vi.advanceTimersByTimeAsync(30_000);

    const clock = new Date(seen).toTimeString().slice(0, 8);
    expect(text(".rtw-badge")).toBe("Lost contact");
    expect(text(".rtw-last-seen")).toBe(`last seen ${clock} (3 min ago)`);
    expect(text(".rtw-elapsed")).toBe("30 s");
    expect(text(".rtw-message")).toContain("If it comes back, the run continues here.");
    expect(host.textContent).not.toContain("machine words");
  });

  it("stops all motion until it is back", async () => {
    show();
    const moving = () => host.querySelectorAll(".rtw-spins, .rtw-caret, .rtw-bar-unknown").length;
    await source.events(
      status("running"),
      progress("a", 3, null),
      agui("TOOL_CALL_START", { toolCallName: "search" }),
      agui("STEP_STARTED", { stepName: "check" }),
      agui("TEXT_MESSAGE_CONTENT", { delta: "Hel" }),
    );
    const before = moving();

    await source.events(lost);
    expect(moving()).toBe(0);
    expect(host.querySelectorAll('[aria-label="not finished"]')).toHaveLength(1);
    expect(host.querySelectorAll('[aria-label="no result"]')).toHaveLength(1);
    expect(host.querySelector(".rtw-task [role=img]")?.getAttribute("aria-label")).toBe("stopped");
    expect(texts(".rtw-task-count")).toContain("3");
    await source.events(status("running"));

    expect(moving()).toBe(before);
    expect(host.querySelector(".rtw-last-seen")).toBeNull();
  });
});

describe("a publisher whose kernel is gone", () => {
  const seen = Date.parse("2026-11-22T21:57:30Z");
  const clock = new Date(seen).toTimeString().slice(0, 8);

  it.each([
    ["kernel_died", "kernel died", "killed, crashed or ran out of memory"],
    ["kernel_restarted", "kernel restarted", "was restarted"],
    ["kernel_shut_down", "kernel shut down", "was shut down"],
  ])("is lost for %s", async (cause, words, sentence) => {
    show();
    await source.events(
      status("running"),
      status("lost", "machine words", { last_seen: seen / 1000, cause }),
    );

    expect(text(".rtw-badge")).toBe("Lost");
    expect(text(".rtw-last-seen")).toBe(`${words} at ${clock} (2 min ago)`);
    expect(text(".rtw-message")).toContain(sentence);
    expect(text(".rtw-message")).toContain("Run the cell again");
    expect(texts(".rtw-line-text")).toEqual([`Lost the publisher: ${words} at ${clock}`]);
    expect(host.querySelectorAll(".rtw-spins")).toHaveLength(0);
  });

  it("is noted in the log while others continue", async () => {
    show();
    await source.events(
      status("running", null, { attempt: "a" }),
      status("running", null, { attempt: "b", joins: "a" }),
      status("lost", null, { attempt: "b", last_seen: seen / 1000, cause: "kernel_died" }),
    );

    expect(text(".rtw-badge")).toBe("Running");
    expect(texts(".rtw-line-text")).toEqual([`Lost one of 2 publishers: kernel died at ${clock}`]);
  });

  it('is "lost contact" where the cause is unknown to this version', async () => {
    show();
    await source.events(
      status("running"),
      status("lost", null, { last_seen: seen / 1000, cause: "dancing" }),
    );

    expect(text(".rtw-last-seen")).toContain(`last seen ${clock}`);
    expect(text(".rtw-message")).toContain("The publisher may have ended");
  });
});

/** Elements in motion: spinners, carets, bars of unknown length, remaining times. */
const moving = () =>
  host.querySelectorAll(".rtw-spins, .rtw-caret, .rtw-bar-unknown, .rtw-task-rate:not(:empty)");

const UNDER_WAY = [
  status("running"),
  progress("a", 3, null),
  progress("b", 1, 100, { time: Date.parse("2026-11-22T21:59:00Z") / 1000 }),
  progress("b", 41, 100, { time: Date.parse("2026-11-22T21:59:59Z") / 1000 }),
  agui("TOOL_CALL_START", { toolCallName: "search" }),
  agui("STEP_STARTED", { stepName: "check" }),
  agui("TEXT_MESSAGE_CONTENT", { delta: "Hel" }),
];

describe("a run without a connected publisher", () => {
  it("has the time of disconnection, and nothing else moves until one is back", async () => {
    show();
    await source.events(...UNDER_WAY);
    await vi.advanceTimersByTimeAsync(5_000);
    const before = moving().length;
    expect(before).toBeGreaterThan(4);

    await source.state({ phase: "connected", publisherGoneAt: Date.now() - 2_000 });
    expect(text(".rtw-disconnected")).toBe("publisher disconnected 2 s ago");
    const elapsed = text(".rtw-elapsed");
    await vi.advanceTimersByTimeAsync(10_000);

    expect(text(".rtw-disconnected")).toBe("publisher disconnected 12 s ago");
    expect(text(".rtw-elapsed")).toBe(elapsed);
    expect(text(".rtw-badge")).toBe("Running");
    expect(moving()).toHaveLength(0);
    expect(host.querySelector(".rtw-view-frozen")).toBeNull();

    await source.state({ phase: "connected" });
    expect(host.querySelector(".rtw-disconnected")).toBeNull();
    expect(moving()).toHaveLength(before);
    expect(text(".rtw-elapsed")).toBe("15 s");
  });

  it.each(["succeeded", "failed", "cancelled", "lost"])(
    "misses none once it is %s",
    async (end) => {
      show();
      await source.state({ phase: "connected", publisherGoneAt: Date.now() - 2_000 });
      await source.events(status("running"), status(end));

      expect(host.querySelector(".rtw-disconnected")).toBeNull();
    },
  );
});

describe("a view that is disconnected", () => {
  it.each<ConnectionState>([
    { phase: "reconnecting", why: "The connection was lost.", retryAt: null },
    { phase: "disconnected", why: "You are not logged in." },
    { phase: "connecting" },
  ])("has the time of the last connection, without motion: $phase", async (state) => {
    show();
    await source.events(...UNDER_WAY);
    await vi.advanceTimersByTimeAsync(5_000);
    const before = moving().length;

    const asOf = Date.now();
    Object.assign(source.feed, { asOf });
    await source.state(state);
    const elapsed = text(".rtw-elapsed");
    await vi.advanceTimersByTimeAsync(60_000);

    expect(text(".rtw-as-of")).toBe(`as of ${new Date(asOf).toTimeString().slice(0, 8)}`);
    expect(text(".rtw-elapsed")).toBe(elapsed);
    expect(moving()).toHaveLength(0);
    expect(host.querySelector(".rtw-view-frozen")).not.toBeNull();

    Object.assign(source.feed, { asOf: null });
    await source.state({ phase: "connected" });
    expect(text(".rtw-elapsed")).toBe("1 min 05 s");
    expect(host.querySelector(".rtw-as-of, .rtw-view-frozen")).toBeNull();
    expect(moving()).toHaveLength(before);
  });

  it("does not show since when a publisher is disconnected", async () => {
    show();
    await source.events(status("running"), status("lost", null, { last_seen: 1_795_384_000 }));
    Object.assign(source.feed, { asOf: Date.now() });
    await source.state({ phase: "disconnected", why: "x" });

    expect(text(".rtw-last-seen")).toMatch(/^last seen [\d:]{8}$/);
  });

  it("has no time where it was never connected", async () => {
    show();
    await source.state({ phase: "reconnecting", why: "x", retryAt: null });

    expect(host.querySelector(".rtw-as-of")).toBeNull();
  });
});

describe("a second attempt", () => {
  it("is named in the header, unlike the first one", async () => {
    show();
    await source.events(status("running"));
    expect(host.querySelector(".rtw-attempts")).toBeNull();

    await source.events(status("failed"), status("running"));

    expect(text(".rtw-attempts option")).toBe("2 attempts");
  });

  it("is separated from the first one, in which nothing moves", async () => {
    show();
    const step = (name: string) => agui("STEP_STARTED", { stepName: name });
    await source.events(status("running"), log("a"), step("one"), status("failed"));

    await source.events(status("running"), log("b"), step("two"));

    await openTabs();
    expect(texts(".rtw-line-divider .rtw-line-text")).toEqual(["Attempt 2"]);
    expect(text(".rtw-line-divider .rtw-line-time")).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(texts(".rtw-branch, .rtw-divider")).toEqual([
      "one",
      expect.stringMatching(/^Attempt 2\d/),
      "two",
    ]);
    expect(host.querySelectorAll(".rtw-timeline .rtw-spins")).toHaveLength(1);
  });
});

describe("storage that is not available", () => {
  it.each([
    ["storage_full", null, "The server's disk is full"],
    ["storage_unavailable", "it is locked", "by the publisher until it can: it is locked"],
    ["storage_unavailable", null, "by the publisher until it can."],
  ])("%s has a warning while it lasts", async (code, message, words) => {
    show();

    await source.state({ phase: "connected", storage: { code, message } });
    expect(text(".rtw-banner")).toContain(words);
    await source.state({ phase: "connected" });

    expect(host.querySelector(".rtw-banner")).toBeNull();
  });

  it("is announced from a live region that was in the page before", async () => {
    show();
    const place = host.querySelector('[role="status"]');

    await source.state({
      phase: "connected",
      storage: { code: "storage_full", message: "no space left" },
    });
    await vi.advanceTimersByTimeAsync(3_000);

    expect(place?.textContent).toContain("The server's disk is full");
    expect(document.querySelector(".realtime-widgets-live")?.textContent).not.toContain("full");
  });

  it("does not hide the placeholder of a run without events", async () => {
    show();

    await source.state({ phase: "connected", storage: { code: "storage_full", message: null } });

    expect(host.querySelector(".rtw-empty")).not.toBeNull();
    expect(host.querySelector(".rtw-badge")).toBeNull();
  });
});

describe("lost events", () => {
  it("are counted in the header, with an accessible name", async () => {
    show();
    await source.events(status("running"));
    expect(host.querySelector(".rtw-lost")).toBeNull();

    await source.events({ type: "dropped", count: 12, reason: "buffer_full" });

    const count = host.querySelector(".rtw-lost");
    expect(count?.textContent).toBe("12 lost");
    expect(count?.getAttribute("aria-label")).toBe("12 lost events, show where");
  });

  it("filter the log with a click on their count, and another click removes the filter", async () => {
    show();
    await source.events(log("a"), { type: "dropped", count: 1, reason: "buffer_full" }, log("b"));

    await click(".rtw-lost");
    expect(texts(".rtw-line-text")).toEqual([expect.stringContaining("1 event lost")]);
    expect(host.querySelector("select")?.value).toBe("remarks");
    expect(host.querySelector(".rtw-lost")?.getAttribute("aria-pressed")).toBe("true");
    await click(".rtw-lost");

    expect(texts(".rtw-line-text")).toHaveLength(3);
  });

  it("from before the view was opened are a line of level info", async () => {
    show();

    await source.notice({ kind: "gap", from: 1, to: 1_234, reason: "trimmed" });

    expect(host.querySelector(".rtw-lost")).toBeNull();
    expect(text(".rtw-line-quiet .rtw-line-text")).toContain("Starts here: 1,234 earlier");
  });
});

describe("a run that is joined in the middle", () => {
  const state = runState({
    head: 12,
    attempt: 6,
    started: "2026-11-22T21:55:00Z",
    dropped: 3,
    tasks: [taskState()],
  });

  it("shows no status, attempt or task before its state is known", async () => {
    show();
    await source.notice({ kind: "gap", from: 1, to: 10, reason: "trimmed" });

    await source.events(log("a"));

    expect(text(".rtw-badge")).toBe("Joining…");
    expect(texts(".rtw-attempts, .rtw-elapsed, .rtw-task")).toEqual([]);
  });

  it("shows no unknown number of an attempt", async () => {
    show();
    await source.notice({ kind: "gap", from: 1, to: 10, reason: "trimmed" });

    await source.events(status("running", null, { attempt: "b" }));

    expect(texts(".rtw-attempts")).toEqual([]);
    expect(texts(".rtw-line-text")).toContain("New attempt");
  });

  it.each([0, 1, 2])("shows the state of the server, with %s of its events", async (count) => {
    show();
    await source.notice({ kind: "gap", from: 1, to: 10, reason: "trimmed" });
    await source.notice({ kind: "state", state });

    await source.events(...[log("a"), log("b")].slice(0, count));

    expect(text(".rtw-badge")).toBe("Running");
    expect(text(".rtw-attempts option")).toBe("6 attempts");
    expect(text(".rtw-elapsed")).toBe("5 min 00 s");
    expect(text(".rtw-lost")).toBe("3 lost");
    expect(texts(".rtw-task-name")).toEqual(["train"]);
    expect(texts(".rtw-task-share")).toEqual(["25%"]);
  });
});

describe("the height", () => {
  it.each([
    ["320px", true, "320px"],
    ["none", false, ""],
  ])("%s is applied only if it is a length", (maxHeight, isLength, expected) => {
    vi.stubGlobal("CSS", { supports: () => isLength });

    show({ maxHeight });

    const root = host.querySelector<HTMLElement>(".realtime-widgets");
    expect(root?.style.getPropertyValue("--rtw-max-height")).toBe(expected);
  });
});

describe("a run without events", () => {
  const links = { href: (name: string | null) => `http://lab/${name ?? ""}`, open: vi.fn() };

  it("has a placeholder with a hint until its first event", async () => {
    show();
    await nextFrame();
    expect(text(".rtw-empty")).toContain("No such run");
    expect(text(".rtw-empty")).toContain("It shows here as soon as it begins");
    expect(text(".rtw-empty code")).toBe('Sprint("run").log("hello")');

    await source.events(log("a"));

    expect(host.querySelector(".rtw-empty")).toBeNull();
  });

  it("has links to runs with similar names, and to the list", async () => {
    show({ links });
    await source.state({ phase: "connected", similar: ["run-1", "run-2"] });

    expect(texts(".rtw-run-link")).toEqual(["run-1", "run-2", "All runs"]);
    await click(".rtw-run-link");
    expect(links.open).toHaveBeenCalledWith("run-1");
    expect(host.querySelector<HTMLAnchorElement>(".rtw-run-link")?.href).toBe("http://lab/run-1");
  });

  it("opens them in a browser tab where the host cannot show them", async () => {
    show({ links: { href: links.href } });
    await source.state({ phase: "connected", similar: ["run-1"] });

    const link = host.querySelector<HTMLAnchorElement>(".rtw-run-link");
    expect([link?.target, link?.rel]).toEqual(["_blank", "noopener"]);
  });

  it("has their names without links where there are no pages", async () => {
    show();
    await source.state({ phase: "connected", similar: ["run-1"] });

    expect(host.querySelector(".rtw-run-link")).toBeNull();
    expect(texts(".rtw-empty code")).toContain("run-1");
    expect(text(".rtw-empty")).toContain("sprints() lists all runs");
  });

  it("first names a run that differs in case only", async () => {
    show({ links });
    await source.state({ phase: "connected", similar: ["Run", "run-1"] });

    expect(text(".rtw-empty p:nth-child(2)")).toBe("There is Run");
    expect(text(".rtw-empty")).toContain("differ in case only");
    expect(text(".rtw-empty")).not.toContain("as soon as it begins");
    expect(texts(".rtw-run-link")).toEqual(["Run", "run-1", "All runs"]);
  });

  it("is announced as not existing", async () => {
    show();
    await nextFrame();
    await vi.advanceTimersByTimeAsync(3_100);

    expect(document.querySelector(".realtime-widgets-live")?.textContent).toContain("no such run");
  });
});

describe("runs that end with the server", () => {
  it("have a warning with the reason", async () => {
    show();
    await source.state({ phase: "connected", keptInMemoryBecause: "another server uses the file" });
    await source.events(log("a"));

    expect(text(".rtw-banner-temporary")).toBe(
      "This server keeps its runs in memory, and loses them when it stops: another server uses the file.",
    );
  });
});

describe("progress", () => {
  const bars = () =>
    [...host.querySelectorAll('[role="progressbar"]')].map((bar) => [
      bar.getAttribute("aria-label"),
      bar.getAttribute("aria-valuenow"),
      bar.getAttribute("aria-valuetext"),
    ]);

  it("has an accessible value", async () => {
    show();

    await source.events(
      progress("all", 1, 4, { unit: "stages" }),
      progress("part", 3, null, { parents: ["all"] }),
      progress("bad", 1, 2, { state: "failed" }),
    );

    expect(bars()).toEqual([
      ["all", "25", "25 percent, 1/4 stages"],
      ["part", null, "3"],
      ["bad", "50", "50 percent, 1/2, failed"],
    ]);
  });

  it("of a task for which nothing was reported is that of its parts", async () => {
    show();

    await source.events(
      progress("a", 1, 1, { parents: ["all"], state: "succeeded" }),
      progress("b", 1, 2, { parents: ["all"] }),
    );

    expect(bars()[0]).toEqual(["all", "75", "75 percent"]);
  });

  it("has the remaining time", async () => {
    show();

    await source.events(progress("a", 0, 100, { time: 0 }), progress("a", 25, 100, { time: 20 }));

    expect(text(".rtw-task-time")).toBe("1 min 00 s left");
  });

  it("has the remaining time of the current epoch only", async () => {
    show();

    for (const start of [0, 10, 20]) {
      await source.events(
        progress("epoch", 0, 100, { time: start }),
        progress("epoch", 50, 100, { time: start + 5 }),
      );
    }

    expect(text(".rtw-task-time")).toBe("5 s left");
  });

  it("stops moving when the run has ended before the task", async () => {
    show();
    await source.events(progress("a", 3, null));
    expect(host.querySelector(".rtw-bar-unknown")).not.toBeNull();

    await source.events(status("failed"));

    expect(host.querySelector(".rtw-bar-unknown")).toBeNull();
  });

  it.each(["succeeded", "failed", "cancelled", "lost"])(
    "of what was open is stopped when the run is %s, with no time left",
    async (end) => {
      show();
      await source.events(
        status("running"),
        progress("a", 0, 100, { time: 0 }),
        progress("a", 25, 100, { time: 20 }),
      );

      await source.events(status(end));

      expect(host.querySelector(".rtw-task")?.className).toBe("rtw-task rtw-task-stopped");
      expect(text(".rtw-task-time")).toBe("");
      expect(bars()).toEqual([["a", "25", "25 percent, 25/100, stopped"]]);
    },
  );

  it("of a finished task is a tick, its amount and its duration", async () => {
    show();
    await source.events(
      progress("a", 0, 1_500, { time: 0 }),
      progress("a", 1_500, 1_500, { unit: "batch", time: 187, state: "succeeded" }),
    );

    expect(bars()).toEqual([]);
    expect(host.querySelector('.rtw-task [role="img"]')?.getAttribute("aria-label")).toBe(
      "succeeded",
    );
    expect(text(".rtw-task-count")).toBe("1,500/1,500 batch");
    expect(text(".rtw-task-time")).toBe("3 min 07 s");
  });

  it("of 144 tasks shows the unfinished ones, and the rest behind a button that stays open", async () => {
    show();
    for (let n = 0; n < 144; n++) {
      const state = n < 138 ? (n === 7 ? "failed" : "succeeded") : "running";
      await source.events(progress(`trial ${n}`, 1, 2, { state }));
    }
    const names = () => texts(".rtw-task-name");
    const button = () => host.querySelector<HTMLElement>(".rtw-task-fold button");

    expect(names().slice(0, 6)).toEqual([138, 139, 140, 141, 142, 143].map((n) => `trial ${n}`));
    expect(names().slice(6)).toEqual(["trial 7", "trial 136", "trial 137", "135 more"]);
    expect(button()?.getAttribute("aria-expanded")).toBe("false");

    button()?.click();
    await source.events(progress("trial 143", 2, 2));

    expect(button()?.getAttribute("aria-expanded")).toBe("true");
    expect(names()).toHaveLength(145);
  });
});

describe("agent messages", () => {
  it("show a tool call with a result as answered, and not as done", async () => {
    show();

    await source.events(
      agui("TOOL_CALL_START", { toolCallId: "1", toolCallName: "sql" }),
      agui("TOOL_CALL_RESULT", { toolCallId: "1", content: "no such table" }),
    );

    expect(host.querySelector('.rtw-summary [aria-label="answered"]')).not.toBeNull();
    expect(host.querySelector('[aria-label="done"]')).toBeNull();
  });

  it("show a step that failed with its error, and nothing that moves after an error", async () => {
    show();
    const metadata = { "realtime-widgets": { error: "no such table" } };

    await source.events(
      agui("STEP_STARTED", { stepName: "load" }),
      agui("STEP_FINISHED", { stepName: "load", metadata }),
      agui("TOOL_CALL_START", { toolCallId: "1", toolCallName: "sql" }),
      agui("TEXT_MESSAGE_CONTENT", { messageId: "1", delta: "Half a " }),
      agui("RUN_ERROR", { message: "out of tokens" }),
    );

    expect(host.querySelector('.rtw-row-step [aria-label="failed"]')).not.toBeNull();
    expect(texts(".rtw-failure")).toEqual([
      "no such table",
      expect.stringContaining("out of tokens"),
    ]);
    expect(host.querySelector('[aria-label="done"]')).toBeNull();
    expect(host.querySelectorAll(".rtw-timeline .rtw-spins, .rtw-caret")).toHaveLength(0);
  });

  it("show a failed tool with its error", async () => {
    show();

    await source.events(
      agui("TOOL_CALL_START", { toolCallId: "1", toolCallName: "sql" }),
      agui("TOOL_CALL_RESULT", { toolCallId: "1", content: "", error: "no such table" }),
    );

    expect(text(".rtw-summary .rtw-standing-words")).toBe("failed");
    expect(host.querySelector('[aria-label="done"]')).toBeNull();
    // Visible without a click.
    expect(text(".rtw-failure")).toBe("no such table");
  });

  it("a failed tool without an error shows its result, once", async () => {
    show();
    await source.events(
      agui("TOOL_CALL_START", { toolCallName: "sql" }),
      agui("TOOL_CALL_RESULT", { content: "\x1b[31mTraceback\x1b[0m", error: "" }),
    );
    await click("summary");

    expect(texts(".rtw-failure, .rtw-pre")).toEqual(["Traceback"]);
  });

  it("have the label and the style of their role", async () => {
    show();
    for (const role of ["assistant", "user", "system", "tool", "developer", "<b>"]) {
      await source.events(
        agui("TEXT_MESSAGE_START", { messageId: role, role }),
        agui("TEXT_MESSAGE_CONTENT", { messageId: role, delta: `by ${role}` }),
        agui("TEXT_MESSAGE_END", { messageId: role }),
      );
    }

    expect(texts(".rtw-agent .rtw-role")).toEqual(["system", "tool", "developer", "<b>"]);
    expect(texts(".rtw-agent-name").slice(0, 2)).toEqual(["planner", "User"]);
    expect([...host.querySelectorAll(".rtw-text")].map((body) => body.className.trim())).toEqual([
      "rtw-text",
      "rtw-text rtw-role-user",
      "rtw-text rtw-role-system",
      "rtw-text rtw-role-tool",
      "rtw-text rtw-role-developer",
      "rtw-text",
    ]);
  });

  it("have the colours of terminal text, and so have results", async () => {
    show();
    await source.events(
      agui("TEXT_MESSAGE_CONTENT", { delta: "\x1b[32mgreen\nstill\x1b[0m not" }),
      agui("TOOL_CALL_RESULT", { content: "\x1b[31mred\x1b[0m" }),
    );
    await click("summary");

    expect(text(".rtw-text")).toBe("green\nstill not");
    expect(texts(".rtw-text .rtw-fg-2")).toEqual(["green", "still"]);
    expect(texts(".rtw-pre .rtw-fg-1")).toEqual(["red"]);
  });

  it("without text have no row", async () => {
    show();
    await source.events(agui("TEXT_MESSAGE_START"), agui("TEXT_MESSAGE_END"), agui("STEP_STARTED"));

    expect(host.querySelectorAll(".rtw-row")).toHaveLength(1);
    expect(text(".rtw-agent-name")).toBe("planner");
  });

  it.each(["RUN_FINISHED", "RUN_ERROR"])("nothing spins or blinks after %s", async (type) => {
    show();
    const moving = () => host.querySelectorAll(".rtw-spins, .rtw-caret").length;
    await source.events(
      status("running"),
      agui("STEP_STARTED", { stepName: "s" }),
      agui("TOOL_CALL_START", { toolCallName: "sql" }),
      agui("TEXT_MESSAGE_CHUNK", { delta: "a" }),
    );
    const before = moving();

    await source.events(agui(type));

    expect(before).toBe(4); // the run's own among them
    expect(moving()).toBe(1);
  });

  it("a complete tool call without a result does not spin", async () => {
    show();
    await source.events(
      status("running"),
      agui("TOOL_CALL_START", { toolCallName: "sql" }),
      agui("TOOL_CALL_END"),
    );

    const [icon] = host.querySelectorAll(".rtw-summary [aria-label]");
    expect(icon?.getAttribute("aria-label")).toBe("no result yet");
    expect(icon?.classList.contains("rtw-spins")).toBe(false);
  });

  it("only the newest of a stream of chunks has a caret", async () => {
    show();
    await source.events(
      ...["1", "2", "3"].map((messageId) => agui("TEXT_MESSAGE_CHUNK", { messageId, delta: "a" })),
    );

    expect(host.querySelectorAll(".rtw-caret")).toHaveLength(1);
  });

  it("grow with each part, with a caret until they end", async () => {
    show();
    await source.events(agui("TEXT_MESSAGE_START"), agui("TEXT_MESSAGE_CONTENT", { delta: "Hel" }));
    expect(text(".rtw-text")).toBe("Hel");
    expect(host.querySelector(".rtw-caret")).not.toBeNull();

    await source.events(agui("TEXT_MESSAGE_CONTENT", { delta: "lo" }), agui("TEXT_MESSAGE_END"));

    expect(text(".rtw-text")).toBe("Hello");
    expect(host.querySelector(".rtw-caret")).toBeNull();
  });

  it("show a tool call in one line that unfolds to its arguments and result", async () => {
    show();
    await source.events(
      agui("TOOL_CALL_START", { toolCallName: "search" }),
      agui("TOOL_CALL_ARGS", { delta: '{"q":1}' }),
      agui("TOOL_CALL_END"),
      agui("TOOL_CALL_RESULT", { content: "found" }),
    );
    expect(text(".rtw-summary")).toBe("searchq=1");
    expect(texts(".rtw-pre")).toEqual([]);

    await click("summary");

    expect(texts(".rtw-pre")).toEqual(['{\n  "q": 1\n}', "found"]);
  });
});

describe("the log", () => {
  it("draws fewer than 300 rows of 180,000 lines, the newest among them", async () => {
    show();

    for (let first = 0; first < 180_000; first += 1_000) {
      const batch = Array.from({ length: 1_000 }, (_, n) => log(`line ${first + n}`));
      await source.events(...batch);
    }

    expect(host.querySelectorAll(".rtw-line").length).toBeLessThan(300);
    expect(texts(".rtw-line-text").at(-1)).toBe("line 179999");
    expect(text(".rtw-log-count")).toBe("180,000 lines");
  });

  it("shows missing events as a row", async () => {
    show();

    await source.notice({ kind: "gap", from: 1, to: 1_234, reason: "damaged" });

    expect(texts(".rtw-line-notice .rtw-line-text")).toEqual([
      "1,234 events lost: the history is damaged there",
    ]);
  });

  it("can be filtered by level, but never hides missing events", async () => {
    show();
    await source.events(log("apple"), log("pear"), { ...log("Apple pie"), level: "error" });
    await source.notice({ kind: "gap", from: 4, to: 5, reason: "trimmed" });
    const level = host.querySelector<HTMLSelectElement>("select");
    if (!level) throw new Error("no toolbar");

    level.value = "error";
    level.dispatchEvent(new Event("change", { bubbles: true }));
    await nextFrame();

    expect(texts(".rtw-line-text")).toEqual(["Apple pie", expect.stringContaining("lost")]);
    expect(text(".rtw-log-count")).toBe("2 of 4 lines");
  });

  it("marks lines of standard error, also for screen readers", async () => {
    show();
    await source.events(log("result"), { ...log("10 %\nrest"), stream: "stderr" });

    expect(texts(".rtw-line-stderr .rtw-line-text")).toEqual(["10 %", "rest"]);
    expect(host.querySelector(".rtw-line-stderr")?.getAttribute("title")).toBe("Standard error");
    expect(texts(".rtw-line .rtw-visually-hidden")).toEqual(["Standard error"]);
  });

  it("copies the lines shown, with time and level", async () => {
    const writeText = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
    show();
    await source.events({ ...log("a\nb"), level: "warning", source: "x.py", time: 0 });

    await click(".rtw-button-icon");

    expect(writeText).toHaveBeenCalledWith(
      expect.stringMatching(/^\d\d:\d\d:\d\d WARNING x.py a\nb$/),
    );
  });
});

describe("copying without permission for the clipboard", () => {
  beforeEach(() => {
    vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new DOMException("refused"));
  });

  it.each([
    [true, "Copied"],
    [false, "Could not copy"],
  ])("uses a selection, and reports the result: %s", async (can, words) => {
    let selected = "";
    const copy = vi.fn(() => {
      selected = document.querySelector("textarea")?.value ?? "";
      return can;
    });
    Object.assign(document, { execCommand: copy });
    show();
    await source.events(log("a line"));

    await click(".rtw-button-icon");
    await vi.advanceTimersByTimeAsync(50);

    expect(selected).toContain("a line");
    expect(texts(".rtw-toolbar [role=status]")).toEqual([words]);
    expect(document.querySelector("textarea")).toBeNull();
  });
});

describe("drawing", () => {
  it("happens at most once a frame", async () => {
    const onChange = vi.fn();
    show({ onChange });
    await nextFrame();
    const frames = vi.spyOn(globalThis, "requestAnimationFrame");

    for (let n = 0; n < 1_000; n++) void source.events(log(`line ${n}`));
    await nextFrame();

    expect(frames.mock.calls.length).toBeLessThan(5);
    expect(text(".rtw-log-count")).toBe("1,000 lines");
    expect(onChange).toHaveBeenLastCalledWith({
      status: "pending",
      connection: "connected",
      lastSeq: 1_000,
    });
  });
});

it("unmounting leaves no element, no timer and no open feed", async () => {
  show();
  await source.events(status("running"), log("a"), progress("a", 1, null));
  await source.state({ phase: "reconnecting", why: "x", retryAt: performance.now() + 9_000 });

  unmount();
  await settled();

  expect(host.childNodes).toHaveLength(0);
  expect(document.querySelector(".realtime-widgets-live")).toBeNull();
  expect(source.close).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

it("a change after unmounting neither draws nor notifies", async () => {
  const onChange = vi.fn();
  show({ onChange });
  await nextFrame();
  unmount();
  onChange.mockClear();
  const frames = vi.spyOn(globalThis, "requestAnimationFrame");

  await source.events(log("late"));

  expect(onChange).not.toHaveBeenCalled();
  expect(frames).not.toHaveBeenCalled();
});

describe("the attempts of a run", () => {
  const select = () => host.querySelector<HTMLSelectElement>(".rtw-attempts");
  const choose = async (value: string) => {
    const element = select();
    if (!element) throw new Error("there is no choice of attempts");
    element.value = value;
    element.dispatchEvent(new Event("change", { bubbles: true }));
    await nextFrame();
  };
  const attempts = [
    status("running"),
    agui("STEP_STARTED", { stepName: "first" }),
    log("one"),
    status("failed"),
    status("running"),
    agui("STEP_STARTED", { stepName: "second" }),
    log("two"),
  ];
  const lines = () => texts(".rtw-rows .rtw-line-text");

  it("are no choice where there is one", async () => {
    show();
    await source.events(status("running"));

    expect(select()).toBeNull();
  });

  it("are shown all, or the one that is chosen in timeline and log, as the browser remembers", async () => {
    show();
    await source.events(...attempts);
    expect(texts(".rtw-attempts option")).toEqual([
      "2 attempts",
      expect.stringMatching(/^attempt 2: Running, /),
      expect.stringMatching(/^attempt 1: Failed, /),
    ]);
    await openTabs();
    expect(lines()).toEqual(["one", "Attempt 2", "two"]);

    await choose("1");
    expect(lines()).toEqual(["one"]);
    await click('[role="tab"]');
    expect(texts(".rtw-branch")).toEqual(["first"]);

    unmount();
    show();
    await source.events(...attempts);
    expect(texts(".rtw-branch")).toEqual(["first"]);
    await choose("");
    expect(texts(".rtw-branch")).toEqual(["first", "second"]);
  });
});

describe("a warning in the timeline", () => {
  const warned = [
    status("running"),
    agui("STEP_STARTED", { stepName: "load" }),
    { ...log("careful"), level: "warning" as const },
    log("after"),
  ];
  const marked = () => texts(".rtw-line-linked .rtw-line-text");

  it("leads to its line, in the tab of the log", async () => {
    show();
    await source.events(...warned);
    expect(host.querySelector(".rtw-rows")).toBeNull();

    await click('[aria-label="L3: show this line in the log"]');

    expect(text('[role="tab"][aria-selected="true"]')).toMatch(/^Log/);
    expect(marked()).toEqual(["careful"]);
  });

  it("puts the line into the URL of the run's page", async () => {
    let url = "";
    const fragment = { read: () => url, write: (to: string) => (url = to), listen: () => () => {} };
    show({ links: { href: () => "https://example.org/run", fragment } });
    await source.events(...warned);

    await click('[aria-label="L3: show this line in the log"]');

    expect(url).toBe("#L3");
  });
});
