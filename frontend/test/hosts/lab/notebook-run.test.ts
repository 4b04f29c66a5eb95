import type { Widget } from "@lumino/widgets";
import { describe, expect, it } from "vitest";
import { runState } from "../../../dev/run-state.js";
import { notebookIn, runOf } from "../../../src/hosts/lab/notebook-run.js";

const widget = (fields: object) => fields as Widget;

describe("the notebook of a widget", () => {
  it.each([
    ["is its document", { context: { path: "research/train.ipynb" } }, "research/train.ipynb"],
    [
      "may be in a drive",
      { context: { path: "RTC:research/train.ipynb" } },
      "research/train.ipynb",
    ],
    ["is none of a script", { context: { path: "train.py" } }, null],
    ["is none of a launcher", {}, null],
  ])("%s", (_, fields, path) => {
    expect(notebookIn(widget(fields))).toBe(path);
    expect(notebookIn(null)).toBeNull();
  });
});

it("the run of a notebook is one that is active, or else the newest", () => {
  const at = (minute: number) => `2026-11-22T21:0${minute}:00.000Z`;
  const own = { notebook: "a.ipynb", status: "succeeded" } as const;
  const ended = [
    runState({ ...own, sprint_id: "old", started: at(1) }),
    runState({ ...own, sprint_id: "new", started: at(3) }),
    runState({ sprint_id: "other", notebook: "b.ipynb", started: at(4) }),
  ];
  const active = runState({ ...own, sprint_id: "active", status: "running", started: at(2) });

  expect(runOf("a.ipynb", { runs: ended, now: 0 })?.sprint_id).toBe("new");
  expect(runOf("a.ipynb", { runs: [...ended, active], now: 0 })?.sprint_id).toBe("active");
  expect(runOf("c.ipynb", { runs: ended, now: 0 })).toBeNull();
});
