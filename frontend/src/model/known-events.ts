// Validates the events that the model knows.

import {
  type AnyEvent,
  isObject,
  type KnownEvent,
  type Level,
  type Status,
} from "../protocol/messages.js";

export const STATUSES = new Set<string>([
  "pending",
  "running",
  "needs_input",
  "succeeded",
  "failed",
  "cancelled",
  "lost",
] satisfies Status[]);

export const LEVELS = new Set<string>([
  "debug",
  "info",
  "warning",
  "error",
  "critical",
] satisfies Level[]);

/** Whether an event of a known type has the fields that its row needs. */
export function isKnown(event: AnyEvent): event is KnownEvent {
  const isText = (name: string) => typeof event[name] === "string";
  const isNumber = (name: string) => typeof event[name] === "number";
  switch (event.type) {
    case "status_update":
      return STATUSES.has(String(event["status"]));
    case "log":
      return isText("message");
    case "build_progress":
      return isText("task") && isNumber("current") && isPath(event["parents"]);
    case "agent_message":
      return isText("agent") && isObject(event["event"]);
    case "dropped":
      return isNumber("count");
    default:
      return false;
  }
}

function isPath(names: unknown): boolean {
  return names == null || (Array.isArray(names) && names.every((name) => typeof name === "string"));
}
