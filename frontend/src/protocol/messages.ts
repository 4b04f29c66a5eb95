// Parses the server's messages: the only way from text to a typed message.

import type {
  Ack,
  AgentMessage,
  Batch,
  BuildProgress,
  Direct,
  Dropped,
  Error as ErrorMessage,
  Events,
  Gap,
  Log,
  Nack,
  Ping,
  Pong,
  Position,
  Presence,
  Reset,
  State,
  StatusUpdate,
  Trouble,
  UnknownEvent,
  Welcome,
} from "./messages.gen.js";

export type { Batch, Position, Welcome };

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = "realtime-widgets.v1";

export type Status = StatusUpdate["status"];
export type Level = NonNullable<Log["level"]>;

export type KnownEvent = StatusUpdate | Log | BuildProgress | AgentMessage | Dropped;

/** An event of a type that this version knows, or of another. */
export type AnyEvent = KnownEvent | UnknownEvent;

export type ServerMessage =
  | Welcome
  | Events
  | Gap
  | Reset
  | Direct
  | Trouble
  | Presence
  | State
  | Ack
  | Nack
  | ErrorMessage
  | Ping
  | Pong;

/** The server violated the protocol. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
}

export type Fields = Record<string, unknown>;

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as JSON to be shown; a placeholder where it is nested too deep to be written. */
export function showJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "(nested too deep to be shown)";
  }
}

/**
 * Parse one frame from the server.
 *
 * Checks the fields that the session depends on. Fields of events are checked by the model, because
 * an invalid one must spoil its own row and not the connection. Throws `ProtocolError`.
 */
export function parseServerMessage(text: string): ServerMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError("the server sent invalid JSON");
  }
  if (!isObject(value) || !SHAPES.get(String(value["type"]))?.(value)) {
    throw new ProtocolError("the server sent a message of unknown shape");
  }
  return value as unknown as ServerMessage;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isNullOr = (guard: (value: unknown) => boolean) => (value: unknown) =>
  value === null || guard(value);
const isMissingOr = (guard: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || guard(value);
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isEvent = (value: unknown) => isObject(value) && isText(value["type"]);
const isBatch = (value: unknown) =>
  isObject(value) &&
  isCount(value["first"]) &&
  isText(value["entry"]) &&
  isText(value["timestamp"]) &&
  Array.isArray(value["events"]) &&
  value["events"].every(isEvent);
const isNumber = (value: unknown) => typeof value === "number";
const isTask = (value: unknown) =>
  isObject(value) && isText(value["task"]) && isNumber(value["current"]);
const isStatusWords = (value: unknown) =>
  isObject(value) && isText(value["status"]) && isNullOr(isText)(value["message"]);
const isMember = (value: unknown) =>
  isStatusWords(value) &&
  isObject(value) &&
  isNullOr(isText)(value["id"]) &&
  typeof value["is_lost"] === "boolean" &&
  isNullOr(isNumber)(value["last_seen"]);
const isMembers = (value: unknown) =>
  isObject(value) &&
  Array.isArray(value["left"]) &&
  value["left"].every(isMember) &&
  isNullOr(isStatusWords)(value["outcome"]) &&
  isNullOr(isText)(value["ended_last"]);
const isRunState = (value: unknown) =>
  isObject(value) &&
  isCount(value["head"]) &&
  ["attempt", "errors", "dropped"].every((name) => isNumber(value[name])) &&
  isText(value["status"]) &&
  ["message", "started", "ended", "updated"].every((name) => isNullOr(isText)(value[name])) &&
  isMembers(value["members"]) &&
  Array.isArray(value["tasks"]) &&
  value["tasks"].every(isTask);
const isLimits = (value: unknown) =>
  isObject(value) &&
  ["event_bytes", "batch_events", "batch_bytes", "window"].every((name) => isCount(value[name]));

const SHAPES = new Map<string, (message: Fields) => boolean>([
  [
    "welcome",
    (m) =>
      isNullOr(isText)(m["epoch"]) &&
      isCount(m["first"]) &&
      isCount(m["head"]) &&
      isNullOr(isCount)(m["last_n"]) &&
      isLimits(m["limits"]) &&
      isText(m["server_time"]) &&
      isMissingOr(isTexts)(m["similar"]) &&
      isMissingOr(isNullOr(isText))(m["kept_in_memory_because"]),
  ],
  [
    "events",
    (m) => isText(m["epoch"]) && Array.isArray(m["batches"]) && m["batches"].every(isBatch),
  ],
  ["gap", (m) => isCount(m["from"]) && isCount(m["to"]) && isText(m["reason"])],
  ["reset", (m) => isNullOr(isText)(m["epoch"]) && isCount(m["first"]) && isText(m["reason"])],
  ["direct", (m) => isEvent(m["event"])],
  ["trouble", (m) => isNullOr(isText)(m["code"]) && isNullOr(isText)(m["message"])],
  ["presence", (m) => isNullOr(isNumber)(m["disconnected_at"])],
  ["state", (m) => isRunState(m["state"])],
  ["ack", (m) => isCount(m["up_to"])],
  [
    "nack",
    (m) =>
      isCount(m["n"]) &&
      isText(m["code"]) &&
      isText(m["message"]) &&
      isNullOr(isCount)(m["expect"]),
  ],
  ["error", (m) => isText(m["code"]) && isText(m["message"])],
  ["ping", () => true],
  ["pong", () => true],
]);
