// Replays tests/vectors/series.json, as the Python side does; the README there has the format.
import { describe, expect, it } from "vitest";
import { vectors } from "../../../../tests/vectors/series.json" with { type: "json" };
import { MAX_BUCKETS, Series } from "../../../src/model/metrics/series.js";

describe("series.json", () => {
  it.each(vectors)("$name", ({ limit, points, series }) => {
    const made = new Series(limit);
    for (const [index, [step, value]] of points.entries()) {
      made.add(step ?? 0, value ?? 0, 1000 + index);
    }
    expect(made).toMatchObject(series);
  });
});

describe("a long series", () => {
  it("has all points in its buckets, with exact extremes", () => {
    const series = new Series();
    for (let step = 0; step < 100_000; step += 1) series.add(step, Math.sin(step), null);
    series.add(50_000, 17, null);

    expect(series.length).toBeLessThanOrEqual(MAX_BUCKETS);
    expect(series.counts.reduce((sum, count) => sum + count, 0)).toBe(100_001);
    expect(Math.max(...series.maxs)).toBe(17);
  });
});
