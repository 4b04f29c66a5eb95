// One entry of the transcript: a message, a tool call, a step.

export type EntryKind = "message" | "reasoning" | "tool" | "step" | "error" | "other" | "divider";

/**
 * `open`: it grows. `waiting`: a complete tool call without a result. `failed`: a tool or an agent
 * failed. `unfinished`: its run ended before it, or its end is missing.
 */
export type EntryState = "open" | "waiting" | "done" | "failed" | "unfinished";

export interface Entry {
  /** The entry's number in this view, constant. */
  n: number;
  /** Grows with every change. */
  version: number;
  kind: EntryKind;
  agent: string;
  /** The role of a message, the name of a tool or step, the type of another event, a heading. */
  title: string;
  /** The text of a message, or the arguments of a tool call. */
  text: string;
  /** The result of a tool call. */
  result: string | null;
  /** The error of a failed tool call, which may be empty; null where it has none. */
  error: string | null;
  state: EntryState;
  /** Whether the text was cut at the bound. */
  isCut: boolean;
  /** Milliseconds since 1970, or null. */
  time: number | null;
}
