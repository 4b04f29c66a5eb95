// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AnyEvent } from "../../../src/protocol/messages.js";
import type { RunLinks } from "../../../src/view/links.js";
import { mount } from "../../../src/view/mount.js";
import { FakeSource, nextFrame } from "../../fake-source.js";

const AT = Date.parse("2026-11-22T22:00:00Z");

const log = (message: string, more: object): AnyEvent => ({ type: "log", message, ...more });

let host: HTMLElement;
let source: FakeSource;
let unmount: () => void;

const find = (selector: string) => host.querySelector<HTMLElement>(selector);
const texts = (selector: string) =>
  [...host.querySelectorAll(selector)].map((element) => element.textContent);

async function click(element: HTMLElement | null | undefined): Promise<void> {
  element?.click();
  await nextFrame();
}

async function press(key: string, options: KeyboardEventInit = {}): Promise<void> {
  const target = document.activeElement ?? host;
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...options }));
  await nextFrame();
}

const choose = async (label: string) => {
  await click(find(".rtw-menu-button"));
  await click(
    [...host.querySelectorAll<HTMLElement>(".rtw-menu-item")].find(
      (item) => item.querySelector(".rtw-menu-label")?.textContent === label,
    ),
  );
};

async function show(links?: RunLinks): Promise<void> {
  source = new FakeSource();
  unmount = mount(host, source, { sprintId: "run", links });
  await source.events(
    log("a", { time: AT / 1_000 }),
    log("b", { time: AT / 1_000 + 1.5, level: "error" }),
    log("c", { time: AT / 1_000 + 2, level: "warning" }),
    log("d", { time: AT / 1_000 + 3, level: "critical" }),
  );
}

beforeEach(async () => {
  vi.useFakeTimers({ now: AT });
  localStorage.clear();
  host = document.createElement("div");
  document.body.append(host);
  await show();
});

afterEach(async () => {
  unmount();
  await nextFrame();
  host.remove();
});

describe("the menu of the log", () => {
  it("has the choices and commands with their roles and names", async () => {
    await click(find(".rtw-menu-button"));

    expect(find(".rtw-menu")?.getAttribute("role")).toBe("menu");
    expect(texts("[role=menuitemradio] > .rtw-menu-label")).toHaveLength(4);
    expect(texts("[role=menuitem] > .rtw-menu-label")).toContain(
      "Download the loaded lines as NDJSON",
    );
    expect(texts("[aria-checked=true] > .rtw-menu-label")).toEqual(["Time of day"]);
  });

  it("is used by keyboard, and Escape returns to its button", async () => {
    await click(find(".rtw-menu-button"));
    expect(document.activeElement?.textContent).toContain("Wrap long lines");

    await press("ArrowDown");
    expect(document.activeElement?.textContent).toContain("Full screen");
    await press("ArrowUp");
    await press("ArrowUp");
    expect(document.activeElement?.textContent).toContain("NDJSON");
    await press("Home");
    expect(document.activeElement?.textContent).toContain("Wrap long lines");
    await press("Escape");

    expect(find(".rtw-menu")).toBeNull();
    expect(document.activeElement).toBe(find(".rtw-menu-button"));
  });

  it("closes when something else is used", async () => {
    await click(find(".rtw-menu-button"));
    find(".rtw-find")?.focus();
    await nextFrame();

    expect(find(".rtw-menu")).toBeNull();
  });
});

describe("the choice of how lines are shown", () => {
  it("wraps long lines, and is remembered by the browser", async () => {
    expect(find(".rtw-rows-wrapped")).toBeNull();
    await choose("Wrap long lines");
    expect(find(".rtw-rows-wrapped")).not.toBeNull();

    unmount();
    await show();

    expect(find(".rtw-rows-wrapped")).not.toBeNull();
    await choose("Wrap long lines");
    expect(find(".rtw-rows-wrapped")).toBeNull();
  });

  it("shows the time since the line before, or none, and is remembered", async () => {
    await choose("Since the line before");
    expect(texts(".rtw-line-time")).toEqual(["", "+1.500", "+0.500", "+1.000"]);

    unmount();
    await show();
    expect(texts(".rtw-line-time")).toEqual(["", "+1.500", "+0.500", "+1.000"]);
    expect(find(".rtw-line-time[title]")?.title).toMatch(/^2026-11-2\d \d\d:00:01\.500$/);

    await choose("None");
    expect(texts(".rtw-line-time").join("")).toBe("");
  });

  it("lasts as long as the view where the browser refuses its storage", async () => {
    const refuse = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new Error("full");
    });

    await choose("Wrap long lines");

    expect(find(".rtw-rows-wrapped")).not.toBeNull();
    refuse.mockRestore();
  });
});

describe("the counts of warnings and errors", () => {
  it("are buttons with names, of which each goes from one to the next", async () => {
    const error = () => find(".rtw-severity-error");
    expect(find(".rtw-severity-warning")?.textContent).toBe("1");
    expect(error()?.getAttribute("aria-label")).toBe("2 errors, go to the first");

    await click(error());
    expect(texts(".rtw-line-current .rtw-line-text")).toEqual(["b"]);
    expect(error()?.textContent).toBe("1/2");
    await click(error());
    expect(texts(".rtw-line-current .rtw-line-text")).toEqual(["d"]);
    expect(error()?.getAttribute("aria-label")).toBe("Error 2 of 2, go to the next");
    await click(error());
    expect(texts(".rtw-line-current .rtw-line-text")).toEqual(["b"]);
  });

  it("have keys in the log, which do not act while something is typed", async () => {
    find(".rtw-rows")?.focus();
    await press("w");
    expect(texts(".rtw-line-current .rtw-line-text")).toEqual(["c"]);
    await press("E", { shiftKey: true });
    expect(texts(".rtw-line-current .rtw-line-text")).toEqual(["d"]);

    find(".rtw-find")?.focus();
    await press("e");

    expect(texts(".rtw-line-current .rtw-line-text")).toEqual(["d"]);
  });

  it("show the lines around an error that a filter hides", async () => {
    const select = find("select.rtw-field") as HTMLSelectElement;
    select.value = "error";
    select.dispatchEvent(new Event("change"));
    await nextFrame();
    expect(texts(".rtw-line-text")).toEqual(["b", "d"]);

    await click(find(".rtw-severity-warning"));

    expect(texts(".rtw-line-text")).toEqual(["a", "b", "c", "d"]);
  });
});

describe("the link of a line", () => {
  const point = async (row: HTMLElement | undefined, type: string) => {
    row?.dispatchEvent(new PointerEvent(type));
    await nextFrame();
  };
  const hrefs = () =>
    [...host.querySelectorAll(".rtw-line-link")].map((link) => link.getAttribute("href"));

  it("is in the row that the mouse is on", async () => {
    unmount();
    await show({ href: (run) => `http://lab/${run ?? ""}` });
    const [, row] = host.querySelectorAll<HTMLElement>(".rtw-line");
    expect(hrefs()).toEqual([]);

    await point(row, "pointerenter");
    expect(hrefs()).toEqual(["http://lab/run#L2"]);

    await point(row, "pointerleave");
    expect(hrefs()).toEqual([]);
  });
});
