// Loads pages of a run's history, by REST (protocol 10).

import type { HistoryPage } from "../model/history-page.js";
import { type AnyEvent, isObject, type Level } from "../protocol/messages.js";
import { failureWords, RequestError, unreadable } from "../server/api.js";
import type { RunRequest } from "../server/run-request.js";

/** Most events of a page: of more, reducing them would block the page for long. */
export const PAGE_EVENTS = 500;

/** The events to load: at most `PAGE_EVENTS` of those from `first` to `last`. */
export interface PageRange {
  first: number;
  last: number;
  /** Whether to begin with the last ones. */
  isBackwards: boolean;
  signal: AbortSignal;
}

export interface LoadedPage extends HistoryPage {
  epoch: string;
}

/** Requests events by the arguments of the route; rejects with `RequestError`, or when aborted. */
export type EventsRequest = (
  given: Record<string, string | number>,
  signal: AbortSignal,
) => Promise<unknown>;

/** The route of a Jupyter server. */
export function serverEvents(send: RunRequest): EventsRequest {
  return async (given, signal) => {
    const query = new URLSearchParams(Object.entries(given).map(([k, v]) => [k, String(v)]));
    const response = await send(["GET", `events?${query}`], signal);
    const page: unknown = await response.json().catch(() => null);
    signal.throwIfAborted();
    return page;
  };
}

/**
 * Load a page; it may end earlier than requested, for its size is bounded.
 *
 * Throws `RequestError`, also for a response of the wrong form, or the signal's reason.
 */
export async function loadEvents(read: EventsRequest, range: PageRange): Promise<LoadedPage> {
  const { first, last, isBackwards, signal } = range;
  const start = isBackwards ? { before: last + 1 } : { after: first - 1 };
  const limit = Math.min(last - first + 1, PAGE_EVENTS);
  return readPage(await read({ ...start, limit }, signal), range);
}

/**
 * Load a page and pass it on; `take` returns whether it is of the log that the view has.
 *
 * Returns why there is none, in words for the user; null where there is one, and undefined where
 * the signal was aborted.
 */
export async function takePage(
  loading: Promise<LoadedPage>,
  signal: AbortSignal,
  take: (page: LoadedPage) => boolean,
): Promise<string | null | undefined> {
  try {
    const page = await loading;
    if (signal.aborted) return undefined;
    return take(page) ? null : "The log of this run was replaced by a new one.";
  } catch (error) {
    return signal.aborted ? undefined : failureWords(error);
  }
}

/** The log events of a level to load: the newest before an event. */
export interface LevelRange {
  level: Level;
  before: number;
  signal: AbortSignal;
}

/**
 * Load log events of a level or a more severe one, from `first` of the page on; the server ends a
 * page after some time, so it may have few of them or none. Throws as `loadEvents` does.
 */
export async function loadEventsOfLevel(
  read: EventsRequest,
  { level, before, signal }: LevelRange,
): Promise<LoadedPage> {
  const page = await read({ level, before, limit: PAGE_EVENTS }, signal);
  return readPage(page, { first: 1, last: before - 1, isBackwards: true });
}

/** The page in a response; `next` is the first event of a page that goes backwards, else the last. */
function readPage(
  page: unknown,
  { first, last, isBackwards }: Omit<PageRange, "signal">,
): LoadedPage {
  if (!isObject(page) || !Array.isArray(page["events"])) throw unreadable();
  const { epoch, first: kept, next, events } = page;
  if (epoch === null) throw new RequestError("The server does not have this run any more.", false);
  if (typeof epoch !== "string" || typeof kept !== "number") throw unreadable();
  const end = typeof next === "number" ? next : null;
  return {
    epoch,
    kept,
    first: isBackwards && end !== null ? Math.max(end, first) : first,
    last: !isBackwards && end !== null ? Math.min(end, last) : last,
    events: events.filter(isObject).map(readEvent),
  };
}

/** An event of the log, without what the server has added to it. */
function readEvent(flat: Record<string, unknown>): HistoryPage["events"][number] {
  const { seq, timestamp, sprint_id: _, user, ...event } = flat;
  if (typeof seq !== "number" || typeof timestamp !== "string") throw unreadable();
  if (typeof event["type"] !== "string") throw unreadable();
  const name = typeof user === "string" ? user : null;
  return { seq, timestamp, user: name, event: event as AnyEvent };
}
