// Searching the log of a run, on the server. local-search.ts searches what a page has of it,
// comm-search.ts the log that a kernel has.

import type { EventRange } from "../model/attempts.js";
import { isObject, type Level } from "../protocol/messages.js";
import { unreadable } from "../server/api.js";
import type { RunRequest } from "../server/run-request.js";
import { type EventsRequest, type LoadedPage, loadEventsOfLevel } from "./load-events.js";

/** An attempt by its number, with its events. */
export interface SearchedAttempt extends EventRange {
  attempt: number;
}

/** Which lines a search is limited to. */
export interface SearchScope {
  /** The source of the lines; null for any. */
  source: string | null;
  /** When the first of them was made, in milliseconds since 1970; null from the beginning. */
  since: number | null;
  /** Before when the last of them was made; null up to the end. */
  until: number | null;
  /** The attempt that they belong to; null for any. */
  attempt: SearchedAttempt | null;
}

/** Every line of the run. */
export const WHOLE_RUN: SearchScope = {
  source: null,
  since: null,
  until: null,
  attempt: null,
};

export interface SearchQuery extends SearchScope {
  /** Empty for every event within the other limits, which then matches once, at its first line. */
  text: string;
  /** Whether the text is a regular expression, of RE2. */
  isRegex: boolean;
  /** Whether upper and lower case differ. */
  isCase: boolean;
  /** Whether no letter, digit or underscore may be beside the text. */
  isWord: boolean;
  /** The least severe level of a line. */
  level: Level;
}

/** A place where the text was found: the event, the line of its message, and the characters in it. */
export interface Match {
  seq: number;
  part: number;
  /** In UTF-16 code units, as `slice` counts them. */
  start: number;
  end: number;
}

/** Where a search begins: at the newest of the events before a number, or at the first after it. */
export type SearchStart = { before: number } | { after: number };

export interface SearchProgress {
  /** What was found since the last report, in the order in which it was found. */
  matches: Match[];
  /** Number of matching lines so far, of which at most some 1,000 are reported. */
  count: number;
  /** Number of the event that was searched last. */
  searched: number;
  /** Number of the newest event when the search began. */
  head: number;
  /** Why it has ended: `done`, `limit` (more were found), `time`, `gone`, `failed`; else null. */
  end: string | null;
}

export interface Search {
  /** Whether it takes regular expressions. */
  readonly hasRegex: boolean;
  /**
   * Load the newest log events of a level, or of a more severe one, before an event; null where the
   * view has all lines. Rejects as `run` does.
   */
  readonly loadLevel:
    | ((level: Level, before: number, signal: AbortSignal) => Promise<LoadedPage>)
    | null;
  /** Search, and report until the last progress; rejects with `RequestError`, or when aborted. */
  run(
    query: SearchQuery,
    start: SearchStart,
    signal: AbortSignal,
    onProgress: (progress: SearchProgress) => void,
  ): Promise<void>;
}

/** The search of a Jupyter server (protocol 10). */
export function serverSearch(send: RunRequest, events: EventsRequest): Search {
  return {
    hasRegex: true,
    loadLevel: loaderOfLevel(events),
    run: async (query, start, signal, onProgress) => {
      const given = Object.entries(argumentsOf(query, start)).map(([k, v]) => [k, String(v)]);
      const response = await send(["GET", `search?${new URLSearchParams(given)}`], signal);
      for await (const line of linesOf(response)) onProgress(readProgress(JSON.parse(line)));
      signal.throwIfAborted();
    },
  };
}

/** Loads events of a level by requests for events. */
export function loaderOfLevel(events: EventsRequest): Search["loadLevel"] {
  return (level, before, signal) => loadEventsOfLevel(events, { level, before, signal });
}

/** The arguments of a search (protocol 10.1); those that have their default are left out. */
export function argumentsOf(
  { text, isRegex, isCase, isWord, level, source, since, until, attempt }: SearchQuery,
  start: SearchStart,
): Record<string, string | number | boolean> {
  return {
    level,
    ...start,
    ...(text !== "" && { text }),
    ...(isRegex && { regex: true }),
    ...(isCase && { case: true }),
    ...(isWord && { word: true }),
    ...(source !== null && { source }),
    ...(since !== null && { since: since / 1000 }),
    ...(until !== null && { until: until / 1000 }),
    ...(attempt !== null && { attempt: attempt.attempt }),
  };
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** The progress in a message of a search; throws `RequestError` where it has another form. */
export function readProgress(progress: unknown): SearchProgress {
  if (!isObject(progress) || !Array.isArray(progress["matches"])) throw unreadable();
  const { matches, count, searched, head, end } = progress;
  return {
    matches: matches
      .filter(isMatch)
      .map(([seq, part, start, stop]) => ({ seq, part, start, end: stop })),
    count: Number(count),
    searched: Number(searched),
    head: Number(head),
    end: typeof end === "string" ? end : null,
  };
}

function isMatch(value: unknown): value is [number, number, number, number] {
  return Array.isArray(value) && value.length === 4 && value.every(Number.isInteger);
}
