import { describe, expect, it, vi } from "vitest";
import { SeriesLoader } from "../../src/feeds/series-loader.js";
import { Run } from "../../src/model/run.js";
import { RequestError } from "../../src/server/api.js";

const METRIC = {
  ...{ name: "loss", last: 1, step: 0, min: 1, max: 1, count: 1 },
  ...{ not_finite: 0, not_finite_step: null, width: 1 },
  ...{ steps: [0], times: [null], mins: [1], maxs: [1], sums: [1], counts: [1] },
};

function loading(...answers: (object | Error)[]) {
  const run = new Run();
  const request = vi.fn(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const onChange = vi.fn();
  const { signal } = new AbortController();
  const loader = new SeriesLoader({ run, request, epoch: () => "e", onChange, signal });
  return { run, request, onChange, loader };
}

describe("the loader of curves", () => {
  it("loads those of an attempt once, and puts them into the run", async () => {
    const answer = { epoch: "e", head: 7, metrics: [METRIC], has_more: false };
    const { run, request, onChange, loader } = loading(answer);
    loader.want(0);
    loader.want(0);
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());

    expect(request).toHaveBeenCalledOnce();
    expect(run.metrics.all.get("loss")?.series.sums).toEqual([1]);
  });

  it("discards those of another log", async () => {
    const { run, onChange, loader } = loading({ epoch: "f", head: 7, metrics: [METRIC] });
    loader.want(0);
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());

    expect(run.metrics.all.size).toBe(0);
  });

  it.each([
    ["refused", new RequestError("Not now.", false), "Not now."],
    ["of another form", { metrics: [{ ...METRIC, sums: [] }] }, /./],
  ])("loads nothing after an answer that is %s until it is retried", async (_, answer, words) => {
    const { request, onChange, loader } = loading(answer, { epoch: "e", metrics: [] });
    loader.want(0);
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
    expect(loader.failure).toMatch(words);

    loader.want(0);
    expect(request).toHaveBeenCalledOnce();
    loader.retry();
    loader.want(0);
    expect(request).toHaveBeenCalledTimes(2);
  });
});
