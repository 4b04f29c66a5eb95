// Validates the events that the model knows.

import {
  type AnyEvent,
  EVENT_GUARDS,
  type KnownEvent,
  type Level,
  type Status,
} from "../protocol/messages.js";

import type { Stored } from "./questions.js";

export const STATUSES = namesOf<Status>({
  pending: true,
  running: true,
  needs_input: true,
  succeeded: true,
  failed: true,
  cancelled: true,
  lost: true,
});

/** From the least to the most severe. */
export const LEVELS = namesOf<Level>({
  debug: true,
  info: true,
  warning: true,
  error: true,
  critical: true,
});

/** Whether an event of a known type has the fields that its row needs. */
export function isKnown(event: AnyEvent): event is KnownEvent {
  // The guards accept words that only a newer server has; of a status, the row is the word.
  if (event.type === "status_update" && !STATUSES.has(String(event["status"]))) return false;
  return EVENT_GUARDS.get(event.type)?.(event) ?? false;
}

function namesOf<Name extends string>(all: Record<Name, true>): Set<string> {
  return new Set(Object.keys(all));
}

/** When an event was made and stored, in milliseconds since 1970. */
export interface Times {
  made: number | null;
  stored: number | null;
  at: Stored;
}

export type Reducer<E> = (event: E, times: Times) => void;

/** What an event of each known type changes. */
export type Reducers = { [E in KnownEvent as E["type"]]: Reducer<E> };
