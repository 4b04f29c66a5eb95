// One entry of the transcript: a message, a tool call, a step.

export type EntryKind = "message" | "reasoning" | "tool" | "step" | "error" | "other" | "divider";

/**
 * `open` while it grows; `waiting` for a tool call that is whole and has no result; `failed` for a
 * tool or an agent; `unfinished` where its run ended before it, or its end is missing.
 */
export type EntryState = "open" | "waiting" | "done" | "failed" | "unfinished";

export interface Entry {
  /** The entry's number in this view, the same for its whole life. */
  n: number;
  /** Grows with every change. */
  version: number;
  kind: EntryKind;
  agent: string;
  /** The role of a message, the name of a tool or step, the type of another event, a heading. */
  title: string;
  /** What was said, or the arguments of a tool call. */
  text: string;
  /** What a tool answered. */
  result: string | null;
  /** Why a tool call failed, in its own words, which may be empty; null where it says nothing. */
  error: string | null;
  state: EntryState;
  /** Whether more came than is kept. */
  isCut: boolean;
  /** Milliseconds since 1970, or null. */
  time: number | null;
}
