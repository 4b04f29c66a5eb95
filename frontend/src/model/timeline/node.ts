// One node of a timeline: a run of an agent, a step, a message, a tool call. Nodes form a tree by
// `parent`; the order in the timeline is that in which they began.
//
// How a node is shown follows from these fields:
// - `isOpen`: events may still change it. A tool call is open until its result; `areArgsComplete`
//   is true while the tool itself runs.
// - `error` is a text: it failed. The text may be empty.
// - `outcome` is how it ended without an error:
//   `success` (stated by the publisher), `cancelled`, `interrupt` (a run that waits for an answer),
//   `suspended` (an interrupt without an answer, or what waits for one), `unanswered` (a tool call
//   without a result whose run has ended), `unfinished` (its run failed, or its end is missing).
//   Null where nothing is known but that it has ended: a tool call then is answered, not succeeded.
// - `durationOf`: how long it took; null unless both of its times are known.

export type NodeKind =
  | "run"
  | "step"
  | "message"
  | "reasoning"
  | "tool"
  | "subagent"
  | "activity"
  | "state"
  | "interrupt"
  | "question"
  | "sent"
  | "error"
  | "custom"
  | "raw"
  | "other"
  | "divider";

export type Outcome =
  | "success"
  | "cancelled"
  | "interrupt"
  | "suspended"
  | "unanswered"
  | "unfinished";

/** What a step does; from `kind` in the metadata. */
export type Work = "agent" | "model" | "tool" | "retriever" | "embedding" | "guardrail" | "step";

/** Tokens of calls of one model. A count that was never reported is absent, not 0. */
export interface TokenUsage {
  provider?: string;
  model?: string;
  inputTokens?: number;
  outputTokens?: number;
  totalTokens?: number;
  reasoningTokens?: number;
  cachedInputTokens?: number;
  cacheWriteInputTokens?: number;
}

export interface Cost {
  amount: number;
  /** Such as USD. */
  currency: string;
  /** Where the amount comes from, such as `provider`. */
  source: string;
}

/** A part of a result that is not only text: its `type` is such as `text` or `image`. */
export interface Part {
  type: string;
  [field: string]: unknown;
}

export interface TimelineNode {
  /** The number of the node in this view, constant. */
  n: number;
  /** Grows with every change. */
  version: number;
  kind: NodeKind;
  agent: string;
  /** Its id among the nodes of its agent and kind; "" where it has none. */
  id: string;
  /** The id of the sub-agent that it belongs to. */
  owner: string | null;
  /** The number of the node that it is a part of. */
  parent: number | null;
  /** The number of the agent's run in which it began. */
  run: number | null;
  /**
   * The name of a step, tool, sub-agent or activity, the name of the author of a message, the
   * heading of reasoning, the reason of an interrupt, the code of an error, the type of an event of
   * an unknown type.
   */
  title: string;
  /** The role of a message, such as `assistant`; "" where it is not known, and for other kinds. */
  role: string;
  work: Work | null;
  /** The text of a message, an error or an interrupt; a description; the JSON of an event. */
  text: string;
  /** The arguments of a tool call, the input of a step. */
  args: string;
  /** The result of a tool call or run, the output of a step. */
  result: string | readonly Part[] | null;
  /** The content of an activity, a JSON value. */
  data: unknown;
  /** How many consecutive events a node of kind `state` represents; 1 for others. */
  count: number;
  error: string | null;
  outcome: Outcome | null;
  isOpen: boolean;
  areArgsComplete: boolean;
  /** Whether a text was cut at the bound. */
  isCut: boolean;
  /** False: its texts were removed, because all texts together reached their bound. */
  isKept: boolean;
  /** False: it began before the first event that is known. */
  hasStart: boolean;
  /** When its first known event was made or stored; like all times in milliseconds since 1970. */
  time: number | null;
  /** When the newest event that changed it was made or stored. */
  lastAt: number | null;
  /** When its publisher began it; like all times below null where the publisher did not state it. */
  startedAt: number | null;
  argsEndedAt: number | null;
  /** Null also where it was ended by the end of something else. */
  endedAt: number | null;
  /** The duration that the publisher measured, in milliseconds. */
  durationMs: number | null;
  /** The time to the first token, in milliseconds. */
  ttftMs: number | null;
  usage: readonly TokenUsage[];
  cost: Cost | null;
  /** The `metadata` of its events, joined; the newest value of a key wins. */
  metadata: Readonly<Record<string, unknown>> | null;
}

/** A node that holds nothing yet. */
export function emptyNode(kind: NodeKind, agent: string, time: number | null): TimelineNode {
  return {
    n: 0,
    version: 0,
    kind,
    agent,
    id: "",
    owner: null,
    parent: null,
    run: null,
    title: "",
    role: "",
    work: null,
    text: "",
    args: "",
    result: null,
    data: null,
    count: 1,
    error: null,
    outcome: null,
    isOpen: false,
    areArgsComplete: false,
    isCut: false,
    isKept: true,
    hasStart: true,
    time,
    lastAt: time,
    startedAt: null,
    argsEndedAt: null,
    endedAt: null,
    durationMs: null,
    ttftMs: null,
    usage: [],
    cost: null,
    metadata: null,
  };
}

/** How long a node took, in milliseconds; of a tool call how long the tool ran. */
export function durationOf(node: TimelineNode): number | null {
  if (node.durationMs !== null) return node.durationMs;
  const from = node.kind === "tool" ? node.argsEndedAt : node.startedAt;
  return from === null || node.endedAt === null ? null : Math.max(node.endedAt - from, 0);
}
