// What AG-UI has no field for, from the key `realtime-widgets` of an event's metadata.

import { isObject } from "../../protocol/messages.js";
import { type AguiEvent, amountOf, nameOf, objectOf, textOf } from "./fields.js";
import type { Cost, Outcome, TokenUsage, Work } from "./node.js";
import { readUsage } from "./usage.js";

const KEY = "realtime-widgets";

/** Most characters of an error, and of an input or output. */
const MAX_ERROR = 4_096;
const MAX_VALUE = 16_384;

/** Most characters of an id, a currency, a source. */
const MAX_ID = 64;

const WORKS = new Set<string>([
  "agent",
  "model",
  "tool",
  "retriever",
  "embedding",
  "guardrail",
  "step",
] satisfies Work[]);

/** An amount of money: digits, with a point or without one. */
const DECIMAL = /^\d{1,12}(?:\.\d{1,18})?$/;

export interface Extra {
  /** The identity of a step, whose name may be used again. */
  id: string;
  /** The id of a step, tool call, sub-agent or run that this is a part of. */
  parent: string;
  work: Work | null;
  /** A text, which may be empty: it failed. False: it did not. Null: nothing is known. */
  error: string | false | null;
  /** Whether it was interrupted, cancelled or left early. */
  isCancelled: boolean;
  input: string | null;
  output: string | null;
  durationMs: number | null;
  ttftMs: number | null;
  usage: TokenUsage | null;
  cost: Cost | null;
  /** All metadata of the event. */
  metadata: Readonly<Record<string, unknown>> | null;
}

/** Of an event without metadata. */
export const NOTHING: Extra = {
  id: "",
  parent: "",
  work: null,
  error: null,
  isCancelled: false,
  input: null,
  output: null,
  durationMs: null,
  ttftMs: null,
  usage: null,
  cost: null,
  metadata: null,
};

/** The metadata of an event. */
export function readExtra({ metadata }: AguiEvent): Extra {
  if (!isObject(metadata)) return NOTHING;
  const ours = objectOf(metadata[KEY]);
  const work = textOf(ours["kind"]);
  return {
    id: textOf(ours["id"]).slice(0, MAX_ID),
    parent: textOf(ours["parent"]).slice(0, MAX_ID),
    work: WORKS.has(work) ? (work as Work) : null,
    error: readError(ours["error"]),
    isCancelled: ours["outcome"] === "cancelled",
    input: readValue(ours["input"]),
    output: readValue(ours["output"]),
    durationMs: amountOf(ours["duration_ms"]),
    ttftMs: amountOf(ours["ttft_ms"]),
    usage: readUsage(ours["usage"]),
    cost: readCost(ours["cost"]),
    metadata,
  };
}

/** How a node has ended, as far as its metadata has it. */
export function outcomeOf({ error, isCancelled }: Extra): Outcome | null {
  if (isCancelled) return "cancelled";
  return error === false ? "success" : null;
}

/** The text of an error: a string as it is, `true` as an empty one. */
export function readError(value: unknown): string | false | null {
  if (typeof value === "string") return value.slice(0, MAX_ERROR);
  if (value === true) return "";
  return value === false ? false : null;
}

function readValue(value: unknown): string | null {
  return typeof value === "string" ? value.slice(0, MAX_VALUE) : null;
}

function readCost(value: unknown): Cost | null {
  const { amount, currency, source } = objectOf(value);
  const number = typeof amount === "string" && DECIMAL.test(amount) ? Number(amount) : amount;
  const sum = amountOf(number);
  if (sum === null || nameOf(currency) === "") return null;
  return {
    amount: sum,
    currency: nameOf(currency).slice(0, MAX_ID),
    source: nameOf(source).slice(0, MAX_ID),
  };
}
