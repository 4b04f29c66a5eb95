// The lines of the log that events become.

import type { Log } from "../protocol/messages.gen.js";
import { type AnyEvent, showJson } from "../protocol/messages.js";
import { LEVELS } from "./known-events.js";
import type { LogOrigin } from "./log-line.js";

/** Most characters of an event of unknown type. */
const MAX_DETAIL = 2_000;

/** The row of an event of unknown type. */
export const OTHER = { kind: "other", level: "info", source: null, isStderr: false } as const;

/** Where the line of a log event comes from. */
export function originOf({ level, source, stream }: Log, time: number | null): LogOrigin {
  return {
    kind: "log",
    level: LEVELS.has(level ?? "") ? (level ?? "info") : "info",
    source: source ?? null,
    isStderr: stream === "stderr",
    time,
  };
}

/** The text of an event of unknown type. */
export function detail({ type, time: _, ...rest }: AnyEvent): string {
  const json = showJson(rest);
  return `${type} ${json.length > MAX_DETAIL ? `${json.slice(0, MAX_DETAIL)}…` : json}`;
}
