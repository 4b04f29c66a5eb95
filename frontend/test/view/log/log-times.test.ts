import { describe, expect, it } from "vitest";
import { AttemptStarts } from "../../../src/model/attempt-starts.js";
import { LogBook } from "../../../src/model/log.js";
import type { LogLine } from "../../../src/model/log-line.js";
import {
  formatExactTime,
  formatLap,
  type TimeChoice,
  timeOf,
} from "../../../src/view/log/log-times.js";

const START = new Date(2026, 10, 22, 14, 3, 59, 7).getTime();

/** The lines of a message of event 5, made some milliseconds after the start. */
function linesAt(after: number | null, message = "a"): LogLine[] {
  const book = new LogBook();
  book.reach(5);
  const time = after === null ? null : START + after;
  book.add(message, { kind: "log", level: "info", source: null, isStderr: false, time });
  return book.lines;
}

function shown(choice: TimeChoice, after: number | null, before: number | null = null): string {
  const [line] = linesAt(after);
  const [above] = linesAt(before);
  const attempts = new AttemptStarts();
  attempts.add(3, START);
  return line ? timeOf(line, above ?? null, choice, attempts) : "";
}

describe("the time of a line", () => {
  it("is the time of day, since the attempt began, or since the line before; or none", () => {
    expect(shown("clock", 1_500)).toBe("14:04:00");
    expect(shown("elapsed", 1_500)).toBe("1.500");
    expect(shown("delta", 1_500, 1_496)).toBe("+0.004");
    expect(shown("delta", 1_496, 1_500)).toBe("-0.004");
    expect(shown("none", 1_500)).toBe("");
  });

  it("is empty where it is not known, and in further lines of a message", () => {
    expect(shown("clock", null)).toBe("");
    expect(shown("delta", 5, null)).toBe("");
    const [, second] = linesAt(5, "a\nb");
    expect(second && timeOf(second, null, "clock", new AttemptStarts())).toBe("");
    const [first] = linesAt(5);
    expect(first && timeOf(first, null, "elapsed", new AttemptStarts())).toBe("");
  });

  it("has date and milliseconds in its title", () => {
    expect(formatExactTime(START)).toBe("2026-11-22 14:03:59.007");
    expect(formatExactTime(Number.NaN)).toBe("");
  });

  it("has thousandths below 100 s, and hours from one on", () => {
    const laps = [0, 4, 99_999, 100_000, 3_725_000, -2_500].map(formatLap);

    expect(laps).toEqual(["0.000", "0.004", "99.999", "1:40", "1:02:05", "-2.500"]);
  });
});

describe("the start of an attempt", () => {
  it("is that of the newest one up to the event, in any order in which they become known", () => {
    const starts = new AttemptStarts();
    const older = new AttemptStarts();
    starts.add(900, 9);
    older.add(1, 1);
    older.add(900, 9);

    starts.addAll(older);

    expect([0, 1, 899, 900, 5_000].map((seq) => starts.before(seq))).toEqual([null, 1, 1, 9, 9]);
  });
});
