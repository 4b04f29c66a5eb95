// What a component is given of a run: plain values that do not change.

import type { ConnectionState } from "../../src/feeds/feed.js";
import type { LogLine } from "../../src/model/log-line.js";
import type { OpenQuestion, TaskState } from "../../src/protocol/messages.gen.js";
import type { Status } from "../../src/protocol/messages.js";

/** A task of a run; its identity is its name with those of its parents. */
export interface Progress {
  /** Unique among the tasks of a run. */
  key: string;
  task: string;
  parents: readonly string[];
  current: number;
  total: number | null;
  unit: string | null;
  state: TaskState["state"];
  /** The share that is done, 0 to 1; null where no total is known. */
  share: number | null;
}

/** A message of an agent, as far as it is written. */
export interface AgentText {
  /** Unique among the messages of a page. */
  key: number;
  id: string;
  agent: string;
  /** Such as `assistant`; "" where it is not known. */
  role: string;
  text: string;
  /** Whether more of it may come. */
  isOpen: boolean;
}

/** The values of a metric in brief. */
export interface MetricSummary {
  /** The newest value, at `step`; NaN and the infinities are values. Null before the first one. */
  last: number | null;
  step: number;
  /** The extremes; null where no value is finite. */
  min: number | null;
  max: number | null;
  /** How many values there are. */
  count: number;
}

export interface SprintState {
  /** Whether there is a connection, over which all events up to now have come or are coming. */
  isConnected: boolean;
  connection: ConnectionState;
  /** Null while no event of the run is known. */
  status: Status | null;
  /** The message of the status, such as a traceback. */
  message: string | null;
  /** The newest lines of the log, the oldest first. */
  logs: readonly LogLine[];
  /** The tasks of the newest attempt, in the order of their first reports. */
  progress: readonly Progress[];
  /** What agents wrote, in the order in which they began. */
  messages: readonly AgentText[];
  /** The states that agents share, by agent. */
  state: Readonly<Record<string, unknown>>;
  /** The questions to the users that are open, the oldest first. */
  questions: readonly OpenQuestion[];
  /** The metrics of the newest attempt, by name, in the order of their first values. */
  metrics: Readonly<Record<string, MetricSummary>>;
  /** Number of the newest event. */
  seq: number;
  /** Number of events that are known to be lost. */
  lost: number;
}

export const INITIAL: SprintState = {
  isConnected: false,
  connection: { phase: "connecting" },
  status: null,
  message: null,
  logs: [],
  progress: [],
  messages: [],
  state: {},
  questions: [],
  metrics: {},
  seq: 0,
  lost: 0,
};
