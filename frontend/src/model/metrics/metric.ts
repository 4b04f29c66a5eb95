// One metric of an attempt: its newest value, its extremes and its curve.

import type { MetricState } from "../../protocol/messages.gen.js";
import { sum } from "../values.js";
import { Series } from "./series.js";

export class Metric {
  readonly name: string;
  /** The newest value; NaN and the infinities are values. */
  last: number | null = null;
  /** The step of the newest value. */
  step = 0;
  min: number | null = null;
  max: number | null = null;
  /** How many values there are, those that are not finite among them. */
  count = 0;
  notFinite = 0;
  /** The step of the newest value that is not finite. */
  notFiniteStep: number | null = null;
  series = new Series();

  constructor(name: string) {
    this.name = name;
  }

  /** A metric of a state, whose curve is not known. */
  static from(state: MetricState): Metric {
    const { last, step, min, max, count, not_finite, not_finite_step } = state;
    return Object.assign(new Metric(state.name), {
      ...{ last: Number(last), step, min, max, count },
      ...{ notFinite: not_finite, notFiniteStep: not_finite_step },
    });
  }

  /** Add a value; returns whether the metric has ceased to be finite with it. */
  add(step: number, value: number, time: number | null): boolean {
    const wasFinite = this.last === null || Number.isFinite(this.last);
    this.last = value;
    this.step = step;
    this.count = sum(this.count, 1);
    if (Number.isFinite(value)) {
      this.min = Math.min(this.min ?? value, value);
      this.max = Math.max(this.max ?? value, value);
      this.series.add(step, value, time);
      return false;
    }
    this.notFinite = sum(this.notFinite, 1);
    this.notFiniteStep = step;
    return wasFinite;
  }
}
