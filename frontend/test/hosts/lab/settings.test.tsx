// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { followSettings } from "../../../src/hosts/lab/settings.js";
import schema from "../../../src/hosts/lab/settings.schema.json" with { type: "json" };
import { useRemembered } from "../../../src/ui/remembered.js";
import { TIME_CHOICES, TIME_WORDS, type TimeChoice } from "../../../src/view/log/log-times.js";

const ID = "realtime-widgets:panel";
let place: HTMLElement;
let choose: (choice: TimeChoice) => void;

function Times() {
  const [times, setTimes] = useRemembered("log-times", TIME_CHOICES, "clock");
  choose = setTimes;
  return <b>{times}</b>;
}

/** Settings with their schema's defaults, which the test changes. */
async function load(stored: object) {
  const defaults = Object.entries(schema.properties).map(([name, { default: value }]) => [
    name,
    value,
  ]);
  let changed: () => void = () => undefined;
  const settings = {
    composite: { ...Object.fromEntries(defaults), ...stored },
    changed: { connect: (listener: () => void) => (changed = listener) },
  };
  const registry = { load: async () => settings };
  await act(() => followSettings(registry as unknown as Parameters<typeof followSettings>[0], ID));
  return async (fields: object) => {
    Object.assign(settings.composite, fields);
    await act(async () => changed());
  };
}

const height = () => document.documentElement.style.getPropertyValue("--rtw-max-height");

beforeEach(async () => {
  localStorage.clear();
  vi.stubGlobal("CSS", { supports: (_: string, text: string) => /^\d+(px|vh)$/.test(text) });
  place = document.createElement("div");
  await act(() => render(<Times />, place));
});

afterEach(() => {
  render(null, place);
  vi.unstubAllGlobals();
});

it("the height of views is that of the setting, and the default without one", async () => {
  const change = await load({ viewHeight: "60vh" });
  expect(height()).toBe("60vh");
  await change({ viewHeight: "url(//evil)" });
  expect(height()).toBe("");
  await change({ viewHeight: "300px" });
  expect(height()).toBe("300px");
  await change({ viewHeight: "" });

  expect(height()).toBe("");
});

it("the timestamps of open logs change with the setting", async () => {
  const change = await load({ logTimes: "elapsed" });
  expect(place.textContent).toBe("elapsed");
  await change({ logTimes: "none" });

  expect(place.textContent).toBe("none");
});

it("a choice in a view outlives the setting until that is changed", async () => {
  await act(() => choose("delta"));
  const change = await load({ logTimes: "elapsed" });
  expect(place.textContent).toBe("delta");
  await change({ viewHeight: "300px" });
  expect(place.textContent).toBe("delta");
  await change({ logTimes: "none" });

  expect(place.textContent).toBe("none");
});

it("the editor has the choices and the words of the menu", () => {
  const choices = schema.properties.logTimes.oneOf.map((each) => [each.const, each.title]);

  expect(choices).toEqual(TIME_CHOICES.map((choice) => [choice, TIME_WORDS[choice]]));
});
