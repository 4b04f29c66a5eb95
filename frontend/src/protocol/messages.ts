// Parses the server's messages: the only way from text to a typed message.

import { INDEX_GUARDS, isObject, MESSAGE_GUARDS } from "./guards.gen.js";
import type {
  Answer,
  IndexServerMessage,
  Log,
  Question,
  QuestionClosed,
  ServerMessage,
  StatusUpdate,
  Taken,
} from "./messages.gen.js";

export { EVENT_GUARDS, isObject } from "./guards.gen.js";
export type {
  AnyEvent,
  Batch,
  KnownEvent,
  Position,
  ServerMessage,
  Welcome,
} from "./messages.gen.js";

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = "realtime-widgets.v1";

export type Status = StatusUpdate["status"];
export type QuestionEvent = Question | QuestionClosed | Answer | Taken;
export type Level = NonNullable<Log["level"]>;

/** The server violated the protocol. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
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
 * Fields that an older server leaves out are set to their defaults. Fields of events are checked by
 * the model, because an invalid one must spoil its own row and not the connection. Throws
 * `ProtocolError`.
 */
export function parseServerMessage(text: string): ServerMessage {
  return parse(text, MESSAGE_GUARDS) as unknown as ServerMessage;
}

/** Parse one frame of the index channel, in the same way. */
export function parseIndexMessage(text: string): IndexServerMessage {
  return parse(text, INDEX_GUARDS) as unknown as IndexServerMessage;
}

function parse(text: string, guards: typeof MESSAGE_GUARDS): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError("the server sent invalid JSON");
  }
  if (!isObject(value) || !guards.get(String(value["type"]))?.(value)) {
    throw new ProtocolError("the server sent a message of unknown shape");
  }
  return value;
}
