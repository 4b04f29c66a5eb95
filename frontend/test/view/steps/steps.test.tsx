// @vitest-environment happy-dom
import { render } from "preact";
import { afterEach, describe, expect, it } from "vitest";
import { Run } from "../../../src/model/run.js";
import { stepTree } from "../../../src/view/steps/step-tree.js";
import { Steps } from "../../../src/view/steps/steps.js";

afterEach(() => render(null, document.body));

/** The text of the steps of a run, which succeeded, in a narrow view. */
function narrow(...tasks: string[]): string {
  const run = new Run();
  for (const task of tasks) {
    const progress = { type: "build_progress", task, current: 7, total: 7, state: "succeeded" };
    run.tasks.update(progress as Parameters<typeof run.tasks.update>[0], 0);
  }
  const props = {
    ...{ tree: stepTree(run), forgotten: 0, isOver: run.isFinished },
    ...{ isFrozen: false, isNarrow: true, clockOffset: 0 },
  };
  render(<Steps {...props} />, document.body);
  return document.body.textContent ?? "";
}

describe("in a narrow view", () => {
  it("few steps are shown, as their rows take no more room than a summary", () => {
    expect(narrow("load", "train")).toMatch(/load.*7\/7.*train.*7\/7/);
  });

  it("more of them are one line", () => {
    const text = narrow("load", "train", "test");

    expect(text).toBe("3 of 3 steps done");
  });
});
