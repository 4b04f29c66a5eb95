// A page of older events that a view loaded, as the notices that a run reduces.

import type { AnyEvent } from "../protocol/messages.js";
import type { EventsNotice, GapNotice } from "../protocol/notices.js";

/** Loaded events of the log, from `first` to `last`; those that are not kept any more are missing. */
export interface HistoryPage {
  first: number;
  last: number;
  /** Number of the first event that the server keeps. */
  kept: number;
  events: readonly { seq: number; timestamp: string; user?: string | null; event: AnyEvent }[];
}

/** The events of a page, one by one, and gaps for those that are missing. */
export function* noticesOf(page: HistoryPage): Generator<EventsNotice | GapNotice> {
  const { first, last, kept, events } = page;
  let next = first;
  for (const { seq, timestamp, user, event } of events) {
    if (seq < first || seq > last) continue;
    yield* gapsBetween(next, seq - 1, kept);
    yield { kind: "events", first: seq, timestamp, user: user ?? null, events: [event] };
    next = seq + 1;
  }
  yield* gapsBetween(next, last, kept);
}

function* gapsBetween(from: number, to: number, kept: number): Generator<GapNotice> {
  const trimmedTo = Math.min(to, kept - 1);
  if (from <= trimmedTo) yield { kind: "gap", from, to: trimmedTo, reason: "trimmed" };
  const damagedFrom = Math.max(from, trimmedTo + 1);
  if (damagedFrom <= to) yield { kind: "gap", from: damagedFrom, to, reason: "damaged" };
}
