// A line of the log, as a view shows it.

import type { Level } from "../protocol/messages.js";
import type { Segment } from "../terminal/ansi.js";
import { LEVELS } from "./known-events.js";

export interface LogLine {
  /** Identifies the line in this view; lines that are loaded later have higher numbers. */
  n: number;
  /** Number of the event that it belongs to; a remark has that of the event before it. */
  seq: number;
  /**
   * `log`: a line of the run. `other`: an event of unknown type. The rest are remarks that the view
   * adds: a `notice` that events are missing, a `note` on the publisher, the `divider` before an
   * attempt; a `tree` row below a line of JSON.
   */
  kind: "log" | "other" | "notice" | "note" | "divider" | "tree";
  level: Level;
  source: string | null;
  /** Whether it was written to standard error. */
  isStderr: boolean;
  /** Milliseconds since 1970, or null. */
  time: number | null;
  text: string;
  /** Null where the line has no style and no link. */
  segments: readonly Segment[] | null;
  /** The line of its message: 0, 1, 2 ... */
  part: number;
}

const RANKS = new Map<string, number>([...LEVELS].map((level, rank) => [level, rank]));

/** Whether a level is as severe as `least`, or more. */
export function isAtLeast(level: Level, least: Level): boolean {
  return (RANKS.get(level) ?? 0) >= (RANKS.get(least) ?? 0);
}

/** Whether a line is of the run, and not a remark of the view. */
export function isOfRun({ kind }: LogLine): boolean {
  return kind === "log" || kind === "other";
}

export type LogOrigin = Pick<LogLine, "kind" | "level" | "source" | "isStderr" | "time">;
