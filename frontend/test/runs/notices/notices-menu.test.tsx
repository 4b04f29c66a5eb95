// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { NoticesMenu } from "../../../src/runs/notices/notices-menu.js";
import { systemNotices } from "../../../src/runs/notices/outlets.js";

/** The browser's notifications. */
class FakeNotification {
  static permission: NotificationPermission = "default";
  static answer: NotificationPermission = "granted";
  static requests = 0;
  static shown: FakeNotification[] = [];
  static async requestPermission(): Promise<NotificationPermission> {
    FakeNotification.requests += 1;
    FakeNotification.permission = FakeNotification.answer;
    return FakeNotification.answer;
  }
  onclick: () => void = () => undefined;
  close = vi.fn();
  readonly title: string;
  readonly options: NotificationOptions;
  constructor(title: string, options: NotificationOptions) {
    this.title = title;
    this.options = options;
    FakeNotification.shown.push(this);
  }
}

const NOTICE = {
  sprintId: "run",
  status: "failed" as const,
  title: "run: Failed",
  message: "<b>no disk</b>",
  key: "k",
};
let place: HTMLElement;

async function choose(label: string): Promise<void> {
  await act(async () => place.querySelector<HTMLElement>(".rtw-menu-button")?.click());
  const items = [...place.querySelectorAll<HTMLElement>(".rtw-menu-item")];
  await act(async () => items.find((item) => item.textContent === label)?.click());
  await act(async () => undefined);
}

const problem = () => place.querySelector(".rtw-notices-problem")?.textContent;

beforeEach(async () => {
  localStorage.clear();
  vi.stubGlobal("Notification", FakeNotification);
  vi.stubGlobal("isSecureContext", true);
  Object.assign(FakeNotification, { permission: "default", answer: "granted", requests: 0 });
  FakeNotification.shown = [];
  place = document.createElement("div");
  document.body.append(place);
  await act(() => render(<NoticesMenu />, place));
});

afterEach(() => {
  render(null, place);
  place.remove();
  vi.unstubAllGlobals();
});

it("nothing is requested and nothing is on before the user chooses it", () => {
  expect(FakeNotification.requests).toBe(0);
  expect(systemNotices(vi.fn()).isOn()).toBe(false);
});

it("the first choice requests the permission and shows a notification, the next turns them off", async () => {
  await choose("Notifications");
  expect(FakeNotification.requests).toBe(1);
  expect(FakeNotification.shown.map(({ title }) => title)).toEqual(["Notifications are on"]);
  expect(systemNotices(vi.fn()).isOn()).toBe(true);
  await choose("Notifications");
  expect(systemNotices(vi.fn()).isOn()).toBe(false);
  await choose("Notifications");

  expect(FakeNotification.requests).toBe(1);
  expect(systemNotices(vi.fn()).isOn()).toBe(true);
});

it("a browser that blocks them is named, and they stay off", async () => {
  FakeNotification.answer = "denied";
  await choose("Notifications");
  expect(problem()).toContain("blocks notifications");
  expect(systemNotices(vi.fn()).isOn()).toBe(false);

  vi.stubGlobal("isSecureContext", false);
  await choose("Notifications");
  expect(problem()).toContain("https");
});

it("a notification has plain text, and opens its run", () => {
  const open = vi.fn();
  systemNotices(open).show(NOTICE);
  const [shown] = FakeNotification.shown;
  expect(shown?.options).toEqual({ body: "<b>no disk</b>", tag: "k" });
  shown?.onclick();

  expect(open).toHaveBeenCalledWith("run");
  expect(shown?.close).toHaveBeenCalled();
});

it("the sound is off until it is chosen", async () => {
  const played = vi.fn();
  vi.stubGlobal(
    "AudioContext",
    class {
      constructor() {
        played();
        throw new Error("no audio here");
      }
    },
  );
  await choose("Sound");

  expect(played).toHaveBeenCalledTimes(1);
  expect(localStorage.getItem("realtime-widgets.notices-sound")).toBe("on");
});
