// @vitest-environment happy-dom
// The details of a run below its header.
import { render } from "preact";
import { expect, it } from "vitest";
import { runState } from "../../../dev/run-state.js";
import { Run } from "../../../src/model/run.js";
import { Details } from "../../../src/view/details/details.js";

it("shows title, tags, notes, and settings as tables", () => {
  const run = new Run();
  run.apply({
    kind: "events",
    first: 1,
    timestamp: "",
    events: [
      { type: "details", title: "Warm-up", tags: ["gpu"], notes: "a\nb" },
      { type: "details", config: { lr: 0.1, resume: null, amp: true } },
      { type: "details", config: JSON.parse('{"__proto__": "<b>"}') },
    ],
  });
  const host = document.createElement("div");
  render(<Details details={run.details} />, host);

  expect(host.querySelector("h3")?.textContent).toBe("Warm-up");
  expect(host.querySelector(".rtw-tags")?.textContent).toBe("gpu");
  const rows = [...host.querySelectorAll("tr")].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
  expect(rows).toEqual([
    ["lr", "0.1"],
    ["resume", "none"],
    ["amp", "true"],
    ["__proto__", "<b>"],
  ]);
  expect(host.querySelector("b")).toBeNull();
});

it("a state that is shown is not changed by the events after it", () => {
  const run = new Run();
  const config = { lr: 0.1 };
  const nothing = { title: null, notes: null, tags: [], environment: {}, has_more: false };
  run.apply({ kind: "state", state: runState({ head: 1, details: { ...nothing, config } }) });
  run.details.add({ type: "details", config: { lr: 0.2 } });

  expect([run.details.config["lr"], config.lr]).toEqual([0.2, 0.1]);
});
