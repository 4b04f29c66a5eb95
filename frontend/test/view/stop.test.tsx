// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Reply, SendReply } from "../../src/feeds/reply.js";
import type { AnyEvent } from "../../src/protocol/messages.js";
import { RequestError } from "../../src/server/api.js";
import { mount } from "../../src/view/mount.js";
import { FakeSource, nextFrame } from "../fake-source.js";

const RUNNING: AnyEvent = {
  type: "status_update",
  status: "running",
  attempt: "m",
  notebook: "a.ipynb",
};
const STOP: AnyEvent = { type: "control", action: "stop", attempt: 1 };
const UNREACHABLE = new RequestError("The server cannot be reached.", true);

let host: HTMLElement;
let source: FakeSource;
let unmount: () => void;
let sent: Reply[];
let send: SendReply;
let restarted: string[];

const kernelServer = {
  apiUrl: "http://here/realtime/api/",
  socketUrl: "ws://here/realtime/ws/",
  token: "",
  isSameHost: true,
};
const SESSIONS = [{ path: "a.ipynb", kernel: { id: "k1" } }];

/** The kernels of a Jupyter server, which are restarted at once. */
async function kernelsApi(url: string, { method }: RequestInit): Promise<Response> {
  if (method === "POST") restarted.push(url);
  return Response.json(SESSIONS);
}

class StoppableSource extends FakeSource {
  override watch(name: string, onChange: () => void) {
    const reply: SendReply = (one, signal) => send(one, signal);
    const feed = Object.assign(super.watch(name, onChange), { reply, kernelServer });
    this.feed = feed;
    return feed;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-22T22:00:00Z") });
  sent = [];
  restarted = [];
  vi.stubGlobal("fetch", kernelsApi);
  send = async (reply) => void sent.push(reply);
  host = document.body.appendChild(document.createElement("div"));
  source = new StoppableSource();
  unmount = mount(host, source, { sprintId: "run" });
});

afterEach(async () => {
  unmount();
  host.remove();
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

const words = () => host.querySelector(".rtw-stop")?.textContent ?? "";
const press = async (label: string) => {
  const buttons = [...host.querySelectorAll<HTMLButtonElement>(".rtw-stop button")];
  const found = buttons.find(({ textContent }) => textContent?.trim() === label);
  if (!found) throw new Error(`no button ${label} in ${words()}`);
  found.click();
  await nextFrame();
};
const stop = async () => {
  await press("Stop");
  await press("Stop");
};

it("stops the newest attempt after a confirmation, whose safe button has the focus", async () => {
  await source.events(RUNNING);

  await press("Stop");
  expect(document.activeElement?.textContent).toBe("Keep");
  await press("Keep");
  expect(sent).toEqual([]);
  await stop();

  expect(sent).toMatchObject([{ type: "control", action: "stop", attempt: 1 }]);
});

it("is being stopped until the run has ended", async () => {
  await source.events(RUNNING, STOP);
  expect(words()).toContain("Stopping");

  await source.events({ type: "status_update", status: "cancelled", attempt: "m" });
  expect(words()).toBe("");
});

it("offers nothing before the run has begun, nor where nothing can be sent", async () => {
  await source.events({ type: "log", message: "early" });
  expect(words()).toBe("");
});

it("shows a user without the right to write that a run is being stopped, and no button", async () => {
  source.feed = Object.assign(source.feed, { state: { phase: "connected", isReadOnly: true } });
  await source.events(RUNNING);
  expect(words()).toBe("");

  await source.events(STOP);
  expect(words()).toContain("Stopping");
});

it("shows why a stop was refused", async () => {
  send = () => Promise.reject(new RequestError("not allowed to write to the run", false));
  await source.events(RUNNING);
  await stop();

  expect(words()).toContain("not allowed to write to the run");
});

it("sends a stop again while the server cannot be reached, under the same name", async () => {
  let isOffline = true;
  send = async (reply) => {
    sent.push(reply);
    if (isOffline) throw UNREACHABLE;
  };
  await source.events(RUNNING);
  await stop();
  expect(words()).toContain("sent when it can");
  isOffline = false;
  await vi.advanceTimersByTimeAsync(1_100);

  expect(new Set(sent.map((one) => JSON.stringify(one)))).toHaveLength(1);
  expect(sent).toHaveLength(2);
});

it("asks again for what has waited for 30 s, and sends nothing before the answer", async () => {
  let isOffline = true;
  send = async (reply) => {
    if (isOffline) throw UNREACHABLE;
    sent.push(reply);
  };
  await source.events(RUNNING);
  await stop();
  await vi.advanceTimersByTimeAsync(32_000);
  expect(words()).toContain("Not sent for 30 s");
  isOffline = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent).toEqual([]);

  await press("Send now");
  expect(sent).toHaveLength(1);
});

it("forgets what has waited when the user discards it", async () => {
  send = () => Promise.reject(UNREACHABLE);
  await source.events(RUNNING);
  await stop();
  await vi.advanceTimersByTimeAsync(32_000);
  await press("Discard");

  expect(words().trim()).toBe("Stop");
});

it("offers to restart the kernel after 10 s, with a confirmation", async () => {
  await source.events(RUNNING, STOP);
  expect(words()).not.toContain("Force");
  await vi.advanceTimersByTimeAsync(10_100);

  await press("Force…");
  expect(words()).toContain("All of its variables are lost");
  expect(restarted).toEqual([]);
  await press("Restart the kernel");
  expect(restarted).toEqual(["http://here/api/kernels/k1/restart"]);
});

it("does not offer to restart a kernel that is not known", async () => {
  await source.events({ ...RUNNING, notebook: "other.ipynb" }, STOP);
  await vi.advanceTimersByTimeAsync(11_000);

  expect(words()).not.toContain("Force");
});

const line = () => host.querySelector<HTMLFormElement>(".rtw-message-line");
const write = async (text: string) => {
  const field = line()?.querySelector("input");
  if (!field) throw new Error("no line for messages");
  field.value = text;
  field.dispatchEvent(new Event("input"));
  await nextFrame();
};
const submit = async () => {
  line()?.dispatchEvent(new Event("submit", { cancelable: true }));
  await nextFrame();
};

it("has a line for messages while the program reads them", async () => {
  await source.events(RUNNING);
  expect(line()).toBeNull();
  await source.events({ type: "inbox", attempt: "m" });
  await write("use the cache");
  await submit();

  expect(sent).toMatchObject([{ type: "user_message", text: "use the cache", attempt: 1 }]);
  expect(line()?.querySelector("input")?.value).toBe("");
  await source.events({ type: "status_update", status: "succeeded", attempt: "m" });
  expect(line()).toBeNull();
});

it("keeps the text of a message that was refused", async () => {
  send = () => Promise.reject(new RequestError("20 messages wait", false, "inbox_full"));
  await source.events(RUNNING, { type: "inbox", attempt: "m" });
  await write("more");
  await submit();

  expect(line()?.textContent).toContain("20 messages wait");
  expect(line()?.querySelector("input")?.value).toBe("more");
});

it("refuses a message that is blank or too long", async () => {
  await source.events(RUNNING, { type: "inbox", attempt: "m" });
  await write("  ");
  await submit();
  await write("ü".repeat(4_100));
  await submit();

  expect(sent).toEqual([]);
  expect(line()?.textContent).toContain("Too long by 8 bytes");
});

it("shows a message at once, as waiting until the program takes it", async () => {
  await source.events(RUNNING, { type: "inbox", attempt: "m" });
  await source.events({ type: "user_message", text: "hello there", attempt: 1 });
  const row = () => host.querySelector(".rtw-timeline")?.textContent ?? "";
  expect(row()).toContain("hello there");
  expect(row()).toContain("Waits until the program takes it");

  await source.events({ type: "taken", seqs: [3] });
  expect(row()).toContain("hello there");
  expect(row()).not.toContain("Waits until");
});
