// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Reply, SendReply } from "../../src/feeds/reply.js";
import type { AnyEvent } from "../../src/protocol/messages.js";
import { RequestError } from "../../src/server/api.js";
import { mount } from "../../src/view/mount.js";
import { LATE } from "../../src/view/questions/use-answer.js";
import { FakeSource, nextFrame } from "../fake-source.js";

const RUNNING: AnyEvent = { type: "status_update", status: "running" };
const ask = (fields: object): AnyEvent => ({
  type: "question",
  id: "q",
  message: "Deploy?",
  ...fields,
});

let host: HTMLElement;
let source: FakeSource;
let unmount: () => void;
let sent: Reply[];
let send: SendReply;

class AnsweringSource extends FakeSource {
  override watch(name: string, onChange: () => void) {
    const feed = Object.assign(super.watch(name, onChange), { reply: send });
    this.feed = feed;
    return feed;
  }
}

beforeEach(() => {
  sessionStorage.clear();
  vi.useFakeTimers({ now: Date.parse("2026-11-22T22:00:00Z") });
  sent = [];
  send = async (reply) => void sent.push(reply);
  host = document.body.appendChild(document.createElement("div"));
  source = new AnsweringSource();
  unmount = mount(host, source, { sprintId: "run" });
});

afterEach(async () => {
  unmount();
  host.remove();
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

const bar = () => host.querySelector<HTMLElement>(".rtw-question");
const find = <E extends HTMLElement = HTMLElement>(selector: string) => {
  const found = bar()?.querySelector<E>(selector);
  if (!found) throw new Error(`no ${selector}`);
  return found;
};
const type = async (selector: string, value: string) => {
  const field = find<HTMLInputElement>(selector);
  field.value = value;
  field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input"));
  await nextFrame();
};
const submit = async () => {
  find("form").dispatchEvent(new Event("submit", { cancelable: true }));
  await nextFrame();
};

it("sends the choice whose button is pressed, and is gone when the log has the answer", async () => {
  await source.events(RUNNING, ask({ choices: ["yes", "no"], default: "no" }));
  expect(host.querySelector(".rtw-message")).toBeNull();
  expect(find(".rtw-choice-default").textContent).toBe("no");

  find("button").click();
  await nextFrame();
  expect(sent).toEqual([{ id: "q", value: "yes" }]);
  expect(find("[role=status]").textContent).toBe("Sending…");

  await source.events({ type: "answer", id: "q", value: "yes" });
  expect(bar()).toBeNull();
  expect(host.textContent).toContain("Answered");
});

it("shows what an answer waits for where it is not taken soon", async () => {
  send = () => new Promise(() => {});
  source.feed = Object.assign(source.feed, { reply: send, replyLimit: "The kernel is busy." });
  await source.events(RUNNING, ask({ choices: ["yes"] }));
  expect(bar()?.textContent).not.toContain("busy");

  find("button").click();
  await nextFrame();
  expect(find("[role=status]").textContent).toBe("Sending…");
  await vi.advanceTimersByTimeAsync(LATE);
  await nextFrame();

  expect(find("[role=status]").textContent).toBe("The kernel is busy.");
});

it("shows why an answer was refused, and takes another", async () => {
  send = async () => {
    throw new RequestError("the question was answered by bob", false);
  };
  source.feed = Object.assign(source.feed, { reply: send });
  await source.events(RUNNING, ask({ choices: ["yes"] }));

  find("button").click();
  await nextFrame();

  expect(find("[role=status]").textContent).toBe("the question was answered by bob");
  expect(find<HTMLButtonElement>("button").disabled).toBe(false);
});

it("keeps a typed text over a reload", async () => {
  await source.events(RUNNING, ask({}));
  await type("input", "half a sen");

  unmount();
  unmount = mount(host, source, { sprintId: "run" });
  await source.events(RUNNING, ask({}));
  expect(find<HTMLInputElement>("input").value).toBe("half a sen");

  await submit();
  expect(sent).toEqual([{ id: "q", value: "half a sen" }]);
});

it("sends the fields of a form with their types, without those that are empty", async () => {
  const properties = {
    stage: { type: "string", enum: ["test", "live"] },
    copies: { type: "integer", minimum: 1, maximum: 9, title: "Copies", description: "How many" },
    level: { type: "integer", enum: [1, 2] },
    share: { type: "number", default: 0.5 },
    day: { type: "string", format: "date" },
    sure: { type: "boolean", default: true },
  };
  await source.events(RUNNING, ask({ form: { type: "object", properties, required: ["stage"] } }));
  const labels = [...(bar()?.querySelectorAll("label") ?? [])];
  expect(labels.map(({ textContent }) => textContent)[1]).toBe("Copies");
  expect(labels.every(({ htmlFor }) => bar()?.querySelector(`[id="${htmlFor}"]`))).toBe(true);

  await type("select", "live");
  await type("[type=number]", "3");
  await submit();

  const value = { stage: "live", copies: 3, share: 0.5, sure: true };
  expect(sent).toEqual([{ id: "q", value }]);
});

it("has sections with fields and lists of texts, and checks them before it sends", async () => {
  const list = { type: "array", items: { type: "string", maxLength: 5 }, minItems: 1, maxItems: 2 };
  const kinds = { type: "array", items: { type: "string", enum: ["a", "b", "c"] } };
  const share = { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 };
  const where = {
    type: "object",
    title: "Where to",
    properties: { tags: list, share, at: { type: "string", format: "date-time" } },
    required: ["tags"],
  };
  const other = { type: "object", properties: { name: { type: "string" } } };
  const properties = { where, other, kinds };
  await source.events(RUNNING, ask({ form: { type: "object", properties, required: ["where"] } }));
  const list_ = () => find<HTMLTextAreaElement>("textarea");
  const number = () => find<HTMLInputElement>("[type=number]");
  expect(find("legend").textContent).toBe("Where to");
  expect(find<HTMLInputElement>("[type=datetime-local]").value).toBe("");

  expect(list_().validationMessage).toBe("At least 1 are needed.");
  await type("textarea", "x\ny\nz");
  expect(list_().validationMessage).toBe("At most 2 are allowed.");
  await type("textarea", "toolong");
  expect(list_().validationMessage).toContain("is too short or too long");
  await type("textarea", " x\n\ny\n");
  expect(list_().validationMessage).toBe("");
  await type("[type=number]", "0");
  expect(number().validationMessage).toBe("Must be above 0.");
  await type("[type=number]", "1");
  expect(number().validationMessage).toBe("Must be below 1.");
  await type("[type=number]", "0.5");
  for (const option of find("select").querySelectorAll("option")) {
    option.selected = option.value !== "b";
  }
  find("select").dispatchEvent(new Event("change"));
  await nextFrame();
  await submit();

  const value = { where: { tags: [" x", "y"], share: 0.5 }, kinds: ["a", "c"] };
  expect(sent).toEqual([{ id: "q", value }]);
});

it("shows a question as text, with marks for what is hidden", async () => {
  await source.events(
    RUNNING,
    ask({ message: "rm \u202e<b>x</b>", details: "\u200b<i>", choices: ["a\u202eb"] }),
  );

  expect(bar()?.querySelector("b, i")).toBeNull();
  expect(bar()?.textContent).not.toMatch(/[\u202e\u200b]/);
});

it("takes no answer while it is not connected, and none for a run that is lost", async () => {
  await source.events(RUNNING, ask({ choices: ["yes"] }));
  source.feed = Object.assign(source.feed, { asOf: Date.now() });
  await source.changed();
  expect(find<HTMLButtonElement>("button").disabled).toBe(true);

  expect(find("[role=status]").textContent).toBe("Not connected.");

  await source.events({ type: "status_update", status: "lost", last_seen: 1 });
  expect(bar()?.querySelector("button")).toBeNull();
  expect(bar()?.textContent).toContain("Lost: the run that asked does not wait for the answer");
});

it("takes an answer while the program that asks is not connected, and shows when it gets it", async () => {
  await source.events(RUNNING, ask({ choices: ["yes"] }));
  await source.state({ phase: "connected", publisherGoneAt: Date.now() - 2_000 });

  expect(find<HTMLButtonElement>("button").disabled).toBe(false);
  expect(bar()?.textContent).toContain("is not connected, and gets the answer when it is back");
});

it("has no buttons to press without the right to write, and shows why", async () => {
  source.feed = Object.assign(source.feed, { state: { phase: "connected", isReadOnly: true } });
  await source.events(RUNNING, ask({ choices: ["yes"] }));

  expect(find<HTMLButtonElement>("button").disabled).toBe(true);
  expect(find("[role=status]").textContent).toContain("your login does not allow an answer");
});
