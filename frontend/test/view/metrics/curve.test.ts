import { describe, expect, it } from "vitest";
import { Series } from "../../../src/model/metrics/series.js";
import { curveOf } from "../../../src/view/metrics/curve.js";

function series(...points: [step: number, value: number, time: number | null][]): Series {
  const made = new Series(4);
  for (const point of points) made.add(...point);
  return made;
}

describe("the curve of a series", () => {
  it("has the means and the extremes of its buckets", () => {
    const points = [...Array(8).keys()].map((n): [number, number, null] => [n, n, null]);

    expect(curveOf(series(...points), { smoothing: 0, isTime: false })).toEqual({
      xs: [0, 2, 4, 6],
      ys: [0.5, 2.5, 4.5, 6.5],
      lows: [0, 2, 4, 6],
      highs: [1, 3, 5, 7],
    });
  });

  it("is smoothed without starting at 0", () => {
    const { ys } = curveOf(series([0, 4, null], [1, 4, null], [2, 1, null]), {
      smoothing: 0.5,
      isTime: false,
    });

    expect(ys.slice(0, 2)).toEqual([4, 4]);
    expect(ys[2]).toBeCloseTo(16 / 7);
  });

  it("has a gap where the newest value is not finite", () => {
    const points = series([5, 1, null], [6, 2, null], [8, 3, null]);
    const at = (notFiniteStep: number) =>
      curveOf(points, { smoothing: 0, isTime: false, notFiniteStep });

    expect(at(7)).toMatchObject({ xs: [5, 6, 7, 8], ys: [1, 2, null, 3], lows: [1, 2, null, 3] });
    expect(at(9)).toMatchObject({ xs: [5, 6, 8, 9], ys: [1, 2, 3, null] });
    expect(at(1)).toMatchObject({ xs: [1, 5, 6, 8], ys: [null, 1, 2, 3] });
  });

  it("over the time is in the order of the times that are known", () => {
    const points = series([5, 1, 300], [3, 2, 100], [4, 3, null]);

    expect(curveOf(points, { smoothing: 0, isTime: true })).toMatchObject({
      xs: [100, 300],
      ys: [2, 1],
    });
  });
});
