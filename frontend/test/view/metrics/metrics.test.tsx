// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, it, vi } from "vitest";
import { staticFeed } from "../../../src/feeds/static-feed.js";
import { Metrics } from "../../../src/view/metrics/metrics.js";
import { CodeLoader, setCode } from "../../../src/view/on-demand/use-code.js";

it("metrics are a table, with the reason, where the code for charts cannot be loaded", async () => {
  const want = vi.fn();
  const feed = {
    ...staticFeed({ phase: "connected" }),
    series: { failure: null, want, retry: () => undefined },
  };
  const load = () => Promise.reject(new Error("refused by the policy"));
  const values = { loss: [1, "NaN"] };
  feed.run.apply({
    ...{ kind: "events", first: 1, timestamp: "2026-11-30T07:00:00Z" },
    events: [{ type: "metrics", steps: [0, 1], values }],
  });
  const root = document.createElement("div");
  const view = (
    <CodeLoader.Provider value={load}>
      <Metrics feed={feed} />
    </CodeLoader.Provider>
  );
  await act(async () => render(view, root));

  expect([...root.querySelectorAll("tbody :is(th, td)")].map((cell) => cell.textContent)).toEqual([
    "loss",
    "NaN",
    "1",
    "1",
    "1",
    "2",
  ]);
  await vi.waitFor(() => expect(root.textContent).toContain("refused by the policy"));
  expect(want).not.toHaveBeenCalled();
});

it("charts without their first points show that, and when a kernel sends them", async () => {
  setCode("charts", { StyledCharts: () => null } as never);
  const series = { failure: null, want: vi.fn(), retry: () => undefined };
  const feed = { ...staticFeed({ phase: "connected" }), limits: "through the kernel", series };
  feed.run.metrics.isWhole = false;
  const root = document.createElement("div");

  await act(async () => render(<Metrics feed={feed} />, root));

  expect(root.textContent).toContain("points before this view was opened are being loaded");
  expect(root.textContent).toContain("when no cell runs");
  expect(series.want).toHaveBeenCalled();
});
