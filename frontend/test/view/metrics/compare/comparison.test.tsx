// @vitest-environment happy-dom
// Runs side by side: the table, and which curves are requested.
import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, it, vi } from "vitest";
import { runState } from "../../../../dev/run-state.js";
import { staticFeed } from "../../../../src/feeds/static-feed.js";
import { readSubject } from "../../../../src/model/subjects.js";
import type { Followed } from "../../../../src/view/metrics/compare/compared.js";
import { Comparison } from "../../../../src/view/metrics/compare/comparison.js";

vi.stubGlobal(
  "IntersectionObserver",
  class {
    observe() {}
    disconnect() {}
  },
);
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {}
    disconnect() {}
  },
);
vi.mock("uplot", () => ({ default: class {} }));

const SETTINGS = { title: null, notes: null, tags: ["gpu"], environment: {}, has_more: false };

function followed(label: string, lr: number, want = vi.fn()): Followed {
  const feed = {
    ...staticFeed({ phase: "connected" }),
    series: { failure: null, want, retry: () => undefined },
  };
  const past = { attempt: 1, began: 1, started: null, ended: null, status: "failed" as const };
  const state = {
    head: 9,
    attempt: 2,
    past: [past],
    details: { ...SETTINGS, config: { lr, seed: 1 } },
  };
  feed.run.apply({ kind: "gap", from: 1, to: 9, reason: "skipped" });
  feed.run.apply({ kind: "state", state: runState({ ...state, status: "succeeded" }) });
  const subject = readSubject(label);
  if (subject === null) throw new Error(label);
  return { subject, feed };
}

function publish({ feed }: Followed, loss: (number | string)[]): void {
  const steps = loss.map((_, step) => step);
  const event = { type: "metrics", steps, values: { loss } };
  feed.run.apply({ kind: "events", first: 10, timestamp: "", events: [event] });
}

function rowsOf(compared: readonly Followed[]): string[][] {
  const root = document.createElement("div");
  act(() => render(<Comparison followed={compared} links={undefined} />, root));
  return [...root.querySelectorAll("tr")].map((row) =>
    [...row.children].map((cell) => cell.textContent ?? ""),
  );
}

it("settings that differ come before metrics, whose extremes are marked in words", () => {
  const runs = [followed("small", 0.1), followed("large", 0.2)];
  const [small, large] = runs;
  if (small) publish(small, [3, 1]);
  if (large) publish(large, [4, "NaN"]);

  expect(rowsOf(runs)).toEqual([
    ["Run", "small", "large"],
    ["Status", " Succeeded", " Succeeded"],
    ["Tags", "gpu", "gpu"],
    ["Configuration: 1 different Show 1 equal setting"],
    ["lr", "0.1", "0.2"],
    ["1 metric", "small", "large"],
    ["loss last", "1", "NaN"],
    ["loss min", "1, the least", "4"],
    ["loss max", "3", "4, the greatest"],
  ]);
});

it("an attempt has what is loaded of it, and is requested until then", () => {
  const want = vi.fn();
  const run = followed("run@1", 0.1, want);
  expect(rowsOf([run])[1]).toEqual(["Status", " Failed"]);
  expect(want).toHaveBeenCalledWith(1);

  run.feed.run.adoptSeries(1, {
    ...{ head: 9, hasMore: false, config: { lr: 7 }, environment: {} },
    metrics: [],
  });
  want.mockClear();
  expect(rowsOf([run])).toContainEqual(["lr", "7"]);
  expect(want).not.toHaveBeenCalled();
});

it("an attempt that there is not is named", () => {
  expect(rowsOf([followed("run@5", 0.1)])[1]?.[1]).toContain("There is no such attempt.");
});
