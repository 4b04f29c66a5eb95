// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { runState } from "../../../dev/run-state.js";
import type { RunState } from "../../../src/protocol/messages.gen.js";
import { giveNotices } from "../../../src/runs/notices/notices.js";
import { Pages } from "../../../src/runs/notices/pages.js";
import type { Runs } from "../../../src/runs/source.js";

let change: (...runs: RunState[]) => void;
let worksHidden: () => boolean;
let source: Runs;

function turn(visibility: DocumentVisibilityState): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(visibility);
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  const made = {
    url: "http://lab/",
    state: { phase: "live" },
    now: 0,
    runs: [runState()],
    listen: (onChange: () => void, works: () => boolean) => {
      worksHidden = works;
      change = (...runs) => {
        made.runs = runs;
        onChange();
      };
      return () => undefined;
    },
  };
  source = made as unknown as Runs;
});

afterEach(() => {
  vi.restoreAllMocks();
  localStorage.clear();
});

function begin(isOn = true) {
  const show = vi.fn();
  const onUnseen = vi.fn();
  const pages = new Pages("http://lab/", {
    locks: undefined,
    memory: () => localStorage,
    document,
    clock: () => Date.now(),
  });
  const end = giveNotices(source, { outlets: [{ isOn: () => isOn, show }], onUnseen, pages });
  return { show, onUnseen, end };
}

it("a hidden page gives notice, and a visible one does not", async () => {
  const { show, onUnseen, end } = begin();
  turn("visible");
  change(runState({ status: "failed" }));
  change(runState({ status: "running", attempt: 2 }));
  turn("hidden");
  change(runState({ status: "succeeded", attempt: 2 }));
  await vi.waitFor(() => expect(show).toHaveBeenCalled());

  expect(show.mock.calls.map(([{ status }]) => status)).toEqual(["succeeded"]);
  expect(onUnseen.mock.calls).toEqual([[1]]);
  end();
});

it("news counts until the page is visible, also where no outlet is on", async () => {
  const { show, onUnseen, end } = begin(false);
  turn("hidden");
  change(runState({ status: "needs_input" }), runState({ sprint_id: "b" }));
  change(runState({ status: "needs_input" }), runState({ sprint_id: "b", status: "lost" }));
  turn("visible");

  expect(onUnseen.mock.calls).toEqual([[1], [2], [0]]);
  expect(show).not.toHaveBeenCalled();
  expect(localStorage.length).toBe(0);
  end();
});

it("a hidden page keeps its connection only for an outlet that is on", () => {
  const { end } = begin(false);
  expect(worksHidden()).toBe(false);
  end();
  const other = begin(true);

  expect(worksHidden()).toBe(true);
  other.end();
});
