// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Timeline } from "../../../src/model/timeline.js";
import { Waterfall } from "../../../src/view/waterfall/waterfall.js";

let host: HTMLElement;

beforeEach(() => {
  host = document.createElement("div");
  document.body.append(host);
});
afterEach(() => {
  render(null, host);
  host.remove();
});

/** Steps, each with one tool call that takes a second. */
function show(steps: number): void {
  const timeline = new Timeline();
  const add = (time: number, type: string, fields: object) =>
    timeline.add({ agent: "planner", time, event: { type, ...fields } }, time * 1_000);
  for (let n = 0; n < steps; n++) {
    const call = { toolCallId: `t${n}`, toolCallName: `tool ${n}` };
    add(n, "STEP_STARTED", { stepName: `step ${n}` });
    add(n, "TOOL_CALL_START", call);
    add(n, "TOOL_CALL_END", call);
    add(n + 1, "TOOL_CALL_RESULT", { ...call, content: "x", error: n === 0 ? "broken" : false });
    add(n + 1, "STEP_FINISHED", { stepName: `step ${n}` });
  }
  const { nodes } = timeline;
  render(<Waterfall {...{ nodes }} attemptStart={0} isLive={false} clockOffset={0} />, host);
}

const rows = () => [...host.querySelectorAll<HTMLElement>('[role="treeitem"]')];
const key = (name: string) =>
  act(() => {
    const tree = host.querySelector('[role="tree"]');
    tree?.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
  });
const current = () => host.querySelector('[tabindex="0"]')?.textContent;

it("draws fewer than 200 of 4,000 rows", () => {
  show(2_000);

  expect(rows().length).toBeGreaterThan(10);
  expect(rows().length).toBeLessThan(200);
  expect(rows()[0]?.getAttribute("aria-setsize")).toBe("4000");
});

it("has the kind, the state and the duration of a row in words", () => {
  show(1);

  expect(rows().map((row) => row.textContent)).toEqual([
    "step step 0, done, 1.0 s",
    "tool tool 0, failed, 1.0 s",
  ]);
});

it("moves by arrow keys, and folds and unfolds by Enter", async () => {
  show(3);

  await key("ArrowDown");
  await key("ArrowDown");
  expect(current()).toContain("step 1");

  await key("Enter");
  expect(rows()).toHaveLength(5);
  expect(host.querySelector('[tabindex="0"]')?.getAttribute("aria-expanded")).toBe("false");

  await key("ArrowRight");
  await key("ArrowRight");
  expect(current()).toContain("tool 1");

  await key("ArrowLeft");
  expect(current()).toContain("step 1");
  await key("End");
  expect(current()).toContain("tool 2");
  await key("Home");
  expect(current()).toContain("step 0");
});
