// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { mount } from "../../../src/view/mount.js";
import { FakeSource } from "../../fake-source.js";

let host: HTMLElement;
let source: FakeSource;
let unmount: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  host = document.body.appendChild(document.createElement("div"));
  source = new FakeSource();
  unmount = mount(host, source, { sprintId: "run" });
});

afterEach(async () => {
  unmount();
  host.remove();
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

const watch = async (count: number, names: string[]) => {
  source.feed = Object.assign(source.feed, {
    state: { phase: "connected", watching: { count, names } },
  });
  await source.events({ type: "status_update", status: "running" });
};
const button = () =>
  [...host.querySelectorAll("button")].find(({ textContent }) =>
    textContent?.endsWith(" watching"),
  );

it("shows how many users watch, with their names at a click", async () => {
  await watch(23, ["Alice", "B\u202eob"]);
  expect(button()?.textContent).toBe("23 watching");
  expect(button()?.title).toContain("Alice");

  button()?.click();
  await source.changed();

  const names = [...host.querySelectorAll(".rtw-spent-lines li")].map((one) => one.textContent);
  expect(names[0]).toBe("Alice");
  expect(names[1]).not.toContain("\u202e");
  expect(names[2]).toBe("and 21 more");
  expect(button()?.ariaExpanded ?? button()?.getAttribute("aria-expanded")).toBe("true");
});

it("shows nothing while one user watches", async () => {
  await watch(1, ["Alice"]);

  expect(button()).toBeUndefined();
});
