// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { staticFeed } from "../../src/feeds/static-feed.js";
import type { AnyEvent } from "../../src/protocol/messages.js";
import { MAX_ELEMENTS } from "../../src/ui/segments.js";
import { mount } from "../../src/view/mount.js";
import { log } from "../fakes.js";

const feed = staticFeed({ phase: "connected" });
let host: HTMLElement;
let change: () => void;
let unmount: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  host = document.createElement("div");
  document.body.append(host);
  Object.assign(feed, staticFeed({ phase: "connected" }));
  const watch = (_: string, onChange: () => void) => {
    change = onChange;
    return feed;
  };
  unmount = mount(host, { watch }, { sprintId: "run" });
});

afterEach(async () => {
  unmount();
  host.remove();
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

async function apply(...events: AnyEvent[]): Promise<void> {
  const timestamp = new Date().toISOString();
  feed.run.apply({ kind: "events", first: feed.run.seq + 1, timestamp, events });
  change();
  await vi.advanceTimersByTimeAsync(50);
}

const all = (selector: string) => [...host.querySelectorAll<HTMLElement>(selector)];
const texts = (selector: string) => all(selector).map((element) => element.textContent);

/** Open each tab once; parts that were opened stay in the document. */
const openTabs = async () => {
  for (const tab of all('[role="tab"]')) tab.click();
  await vi.advanceTimersByTimeAsync(50);
};
const agentMessage = (messageId: string, delta: string): AnyEvent => ({
  type: "agent_message",
  agent: "planner",
  event: { type: "TEXT_MESSAGE_CHUNK", messageId, delta },
});

describe("a row of the log", () => {
  const colours = (text: string) =>
    [...text].map((letter, index) => `\x1b[${31 + (index % 6)}m${letter}`).join("");

  it.each([
    ["colours at each character", colours("x".repeat(4_000)), "x".repeat(4_000)],
    [
      "links at each character",
      Array.from({ length: 1_000 }, (_, n) => `\x1b]8;;https://x/${n}\x07l`).join(""),
      "l".repeat(1_000),
    ],
    ["hidden characters", "a\u200b".repeat(1_000), "a<U+200B>".repeat(1_000)],
    ["controls", "a\0".repeat(1_000), "a␀".repeat(1_000)],
  ])(
    "has a bounded number of elements for any number of %s, and all of its text",
    async (...of) => {
      const [, message, shown] = of;
      await apply(log(message));

      expect(all(".rtw-line-text *").length).toBeLessThanOrEqual(MAX_ELEMENTS);
      expect(texts(".rtw-line-text")).toEqual([shown]);
    },
  );

  it("is not drawn again when others are added", async () => {
    await apply(log("first"), log(colours("second")));
    const rows = all(".rtw-line");
    const changed: MutationRecord[] = [];
    const observer = new MutationObserver((records) => changed.push(...records));
    for (const row of rows) {
      observer.observe(row, {
        attributes: true,
        childList: true,
        characterData: true,
        subtree: true,
      });
    }

    await apply(log("third"), log("fourth"));

    expect(all(".rtw-line").slice(0, 2)).toEqual(rows);
    expect(all(".rtw-line")).toHaveLength(4);
    expect([...changed, ...observer.takeRecords()]).toEqual([]);
    observer.disconnect();
  });
});

describe("an agent's message", () => {
  it("of 200,000 characters is drawn as its beginning and end, and in full on request", async () => {
    const text = `begin${"x".repeat(199_990)}ended`;
    await apply(agentMessage("m", text));
    const [message] = all(".rtw-text");

    expect(message?.textContent.length).toBeLessThan(10_000);
    expect(message?.textContent).toMatch(/^begin/);
    expect(message?.textContent).toMatch(/ended$/);

    all(".rtw-more")[0]?.click();
    await vi.advanceTimersByTimeAsync(50);

    expect(texts(".rtw-text")).toEqual([text]);
  });

  it("of many hidden characters has a bounded number of elements", async () => {
    await apply(agentMessage("m", "a\u200b".repeat(10_000)));

    expect(all(".rtw-text *").length).toBeLessThanOrEqual(2 * MAX_ELEMENTS + 2);
  });

  it("has the same bound for arguments and results of a tool", async () => {
    const tool = (type: string, fields: object) => ({
      type: "agent_message",
      agent: "planner",
      event: { type, toolCallId: "t", ...fields },
    });
    await apply(
      tool("TOOL_CALL_START", { toolCallName: "n".repeat(50_000) }),
      tool("TOOL_CALL_ARGS", { delta: "a".repeat(200_000) }),
      tool("TOOL_CALL_RESULT", { content: "r".repeat(200_000), error: "e".repeat(200_000) }),
    );
    for (const fold of all("summary")) fold.click();
    await vi.advanceTimersByTimeAsync(50);

    expect(texts(".rtw-pre")).toHaveLength(2);
    expect(host.textContent.length).toBeLessThan(30_000);
  });
});

describe("hidden characters", () => {
  const evil = "tmp/\u202e\u200b\u{e0041} ?";
  const shown = "tmp/<U+202E><U+200B><U+E0041> ?";
  const event = (type: string, fields = {}): AnyEvent => ({
    type: "agent_message",
    agent: evil,
    event: { type, messageId: "m", toolCallId: "t", ...fields },
  });

  it("are marked in every published text, and in announcements", async () => {
    await apply(
      { type: "status_update", status: "needs_input", message: evil },
      { type: "log", message: evil, source: evil },
      log(`\x1b[31m${evil}`),
      { type: evil, value: evil },
      { type: "dropped", count: 1, reason: "refused", message: evil },
      { type: "build_progress", task: evil, current: 1, total: 2, unit: evil, parent: `${evil}p` },
      event("TEXT_MESSAGE_CHUNK", { delta: evil }),
      event("THINKING_TEXT_MESSAGE_CONTENT", { delta: evil }),
      event("TOOL_CALL_START", { toolCallName: evil }),
      event("TOOL_CALL_ARGS", { delta: JSON.stringify({ path: evil }) }),
      event("TOOL_CALL_RESULT", { content: evil, error: evil }),
      event("STEP_STARTED", { stepName: evil }),
      event("RUN_ERROR", { message: evil }),
      event(evil, { value: evil }),
    );
    await openTabs();
    for (const fold of all("summary")) fold.click();
    await vi.advanceTimersByTimeAsync(50);

    const attributes = all("*").flatMap((element) =>
      element.getAttributeNames().map((name) => element.getAttribute(name) ?? ""),
    );
    const everything = [host.textContent, ...attributes].join("\n");
    expect(everything).not.toMatch(/[\u202e\u200b\u{e0041}]/u);
    expect(everything.split(shown).length).toBe(everything.split("tmp/").length);
    for (const place of [
      "message",
      "line-source",
      "task-name",
      "agent-name",
      "tool-name",
      "branch",
    ]) {
      expect(texts(`.rtw-${place}`).join(), place).toContain(shown);
    }
    expect(texts(".rtw-mark").length).toBeGreaterThan(10);
  });

  it("are copied as their marks", async () => {
    const writeText = vi.fn(async () => undefined);
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    await apply({ type: "log", message: evil, source: evil });

    all('[aria-label="Copy the lines shown"]')[0]?.click();

    expect(writeText).toHaveBeenCalledWith(expect.stringContaining(`INFO ${shown} ${shown}`));
    vi.unstubAllGlobals();
  });

  it("are not marked in right-to-left text and in emoji", async () => {
    const text = "שלום עולם مرحبا 👩🏽‍🔬 ❤️";
    await apply(log(text), agentMessage("m", text));
    await openTabs();

    expect(texts(".rtw-line-text")).toEqual([text]);
    expect(texts(".rtw-text")).toEqual([text]);
    expect(all(".rtw-mark")).toEqual([]);
  });
});

it("a text outside the log follows the rules of the log", async () => {
  await apply(
    { type: "status_update", status: "failed", message: "\x1b[31m10%\rdone\x1b[0m\0" },
    agentMessage("m", "\x1b]0;title\nshown"),
  );

  expect(texts(".rtw-message")).toEqual(["done␀"]);
  expect(texts(".rtw-text")).toEqual(["\nshown"]);
});

it("lines without a source have an empty column, if any line has one", async () => {
  await apply(log("alone"));
  expect(texts(".rtw-line-source")).toEqual([]);

  await apply(
    { type: "log", message: "a\nb", source: "loader" },
    {
      type: "dropped",
      count: 1,
      reason: "refused",
    },
  );

  expect(texts(".rtw-line-source")).toEqual(["", "loader", ""]);
  expect(texts(".rtw-line-text")).toEqual(["alone", "a", "b", expect.stringContaining("lost")]);
});

describe("finding", () => {
  const field = () => host.querySelector<HTMLInputElement>(".rtw-find");
  const press = (selector: string, key: string, init = {}) => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
    host.querySelector(selector)?.dispatchEvent(event);
    return event.defaultPrevented;
  };

  it.each([
    ["/", {}],
    ["f", { ctrlKey: true }],
    ["f", { metaKey: true }],
  ])("begins with %s %j while the log has the focus", async (key, init) => {
    await apply(log("a"));

    expect(press(".rtw-rows", key, init)).toBe(true);

    expect(document.activeElement).toBe(field());
  });

  it("ignores a slash in a field, and other keys", async () => {
    await apply(log("a"));

    expect(press(".rtw-find", "/")).toBe(false);
    expect(press(".rtw-rows", "f")).toBe(false);
    expect(press(".rtw-rows", "/", { ctrlKey: true })).toBe(false);
  });

  const type = async (text: string) => {
    const input = field() as HTMLInputElement;
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await vi.advanceTimersByTimeAsync(300);
  };
  const found = () => host.querySelector(".rtw-find-count")?.textContent ?? null;
  const current = () => texts(".rtw-line-current .rtw-line-text");

  it("hides no line, counts the matches and marks the newest", async () => {
    await apply(log("a cat"), log("b"), log("Cat"));

    await type("cat");

    expect(texts(".rtw-line-text")).toEqual(["a cat", "b", "Cat"]);
    expect(found()).toBe("2 of 2");
    expect(current()).toEqual(["Cat"]);
  });

  it("goes to older matches with Shift+Enter, to newer ones with Enter, and round", async () => {
    await apply(log("cat 1"), log("cat 2"), log("cat 3"));
    await type("cat");

    const steps: (string | null)[] = [];
    for (const shiftKey of [true, true, true, false]) {
      press(".rtw-find", "Enter", { shiftKey });
      await vi.advanceTimersByTimeAsync(50);
      steps.push(found());
    }

    expect(steps).toEqual(["2 of 3", "1 of 3", "3 of 3", "1 of 3"]);
  });

  it("can match case and whole words", async () => {
    await apply(log("Cat"), log("cat"), log("cats"));
    await type("cat");
    const pressOption = async (title: string) => {
      host.querySelector<HTMLButtonElement>(`[title="${title}"]`)?.click();
      await vi.advanceTimersByTimeAsync(300);
      return found();
    };

    expect(found()).toBe("3 of 3");
    expect(await pressOption("Match case")).toBe("2 of 2");
    expect(await pressOption("Whole words")).toBe("1 of 1");
  });

  it("finds lines that come later", async () => {
    await apply(log("cat"));
    await type("cat");

    await apply(log("dog"), log("another cat"));
    await vi.advanceTimersByTimeAsync(2_000);

    expect(found()).toBe("1 of 2");
  });

  it("shows that there is no match", async () => {
    await apply(log("dog"));

    await type("cat");

    expect(found()).toBe("No match");
  });

  it("ends with Escape", async () => {
    await apply(log("a"), log("b"));
    await type("a");

    press(".rtw-find", "Escape");
    await vi.advanceTimersByTimeAsync(50);

    expect(found()).toBeNull();
    expect(current()).toEqual([]);
    expect(field()?.value).toBe("");
  });
});
