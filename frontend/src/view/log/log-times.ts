// What the log shows as the time of a line.

import type { AttemptStarts } from "../../model/attempt-starts.js";
import type { LogLine } from "../../model/log-line.js";
import { formatClock } from "../../model/remarks.js";

export const TIME_CHOICES = ["clock", "elapsed", "delta", "none"] as const;

/** The time of day, the time since the attempt began, or since the line before; or none. */
export type TimeChoice = (typeof TIME_CHOICES)[number];

export const TIME_WORDS: Record<TimeChoice, string> = {
  clock: "Time of day",
  elapsed: "Since the start",
  delta: "Since the line before",
  none: "None",
};

/** Milliseconds from which a span has no thousandths. */
const LONG = 100_000;

/** The time of a line; empty where it is not known. `before` is the line shown above it, or null. */
export function timeOf(
  line: LogLine,
  before: LogLine | null,
  choice: TimeChoice,
  attempts: AttemptStarts,
): string {
  const { time, seq, part, kind } = line;
  if (time === null || part > 0) return "";
  // The heading of an attempt has the time of day in any case.
  if (choice === "clock" || kind === "divider") return formatClock(time);
  const since = choice === "delta" ? (before?.time ?? null) : attempts.before(seq);
  if (choice === "none" || since === null) return "";
  return choice === "delta"
    ? `+${formatLap(time - since)}`.replace("+-", "-")
    : formatLap(time - since);
}

/** "2026-11-22 14:03:59.123" in the reader's time zone; empty for an invalid time. */
export function formatExactTime(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(padded).join("-");
  return `${day} ${formatClock(time)}.${padded(date.getMilliseconds(), 3)}`;
}

/** "0.004", "12.345", from 100 s on "1:40", "1:02:05". */
export function formatLap(milliseconds: number): string {
  const sign = milliseconds < 0 ? "-" : "";
  const size = Math.round(Math.abs(milliseconds));
  if (size < LONG) return `${sign}${(size / 1_000).toFixed(3)}`;
  const seconds = Math.floor(size / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const rest = padded(seconds % 60);
  return hours > 0 ? `${sign}${hours}:${padded(minutes)}:${rest}` : `${sign}${minutes}:${rest}`;
}

function padded(value: number, digits = 2): string {
  return String(value).padStart(digits, "0");
}
