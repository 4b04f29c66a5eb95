// @vitest-environment happy-dom
import { type JSX, render } from "preact";
import { beforeEach, expect, it } from "vitest";
import { isText, useRunChoice } from "../../src/ui/run-choices.js";

beforeEach(() => localStorage.clear());

/** The choice of a run as a new view of it finds it, and what changes it. */
function read(sprintId: string): ReturnType<typeof useRunChoice<string>> {
  let found: ReturnType<typeof useRunChoice<string>> | undefined;
  function Reader(): JSX.Element | null {
    found = useRunChoice(sprintId, "tab", isText);
    return null;
  }
  render(<Reader />, document.createElement("div"));
  if (!found) throw new Error("nothing was drawn");
  return found;
}

it("a choice is remembered for its run alone, until it is taken back", () => {
  read("a")[1]("log");
  read("b")[1]("chat");

  expect([read("a")[0], read("b")[0], read("c")[0]]).toEqual(["log", "chat", null]);

  read("a")[1](null);
  expect(read("a")[0]).toBeNull();
});

it("the choices of the newest 50 runs are kept", () => {
  for (let n = 0; n < 60; n++) read(`run-${n}`)[1]("log");

  expect(read("run-9")[0]).toBeNull();
  expect(read("run-10")[0]).toBe("log");
});

it.each(["[", "{}", '[["a"], 5, ["a", 5]]', '[["a", {"tab": 5}]]', "x".repeat(200_000)])(
  "what something else has stored is passed over: %.30s",
  (text) => {
    localStorage.setItem("realtime-widgets.runs", text);

    expect(read("a")[0]).toBeNull();
  },
);
