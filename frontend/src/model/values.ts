// Times and counts of events as numbers that a view can calculate with.

/** An ISO 8601 time as milliseconds since 1970; null for an invalid one. */
export function parseTime(timestamp: string | null): number | null {
  const time = Date.parse(timestamp ?? "");
  return Number.isNaN(time) ? null : time;
}

/** Seconds since 1970 as milliseconds; null for an invalid time. */
export function parseSeconds(value: unknown): number | null {
  const time = new Date(typeof value === "number" ? value * 1000 : Number.NaN).getTime();
  return Number.isNaN(time) ? null : time;
}

/** Add to a count, up to the largest safe integer. */
export function sum(count: number, more: number): number {
  return Math.min(count + more, Number.MAX_SAFE_INTEGER);
}

/** Milliseconds since 1970 as an ISO 8601 time. */
export function timestampOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
