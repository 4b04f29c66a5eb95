// Searching the log of a run, on the server; local-search.ts searches what a page has of it.

import { isObject, type Level } from "../protocol/messages.js";
import type { ServerAddress } from "../server/address.js";
import { request, unreadable } from "../server/api.js";
import { type Browser, requesterOf } from "../server/browser.js";
import { NO_LOGIN } from "../server/ticket.js";
import { type LoadedPage, loadEventsOfLevel } from "./history-page.js";

export interface SearchQuery {
  /** Empty for every event of the level, which then matches once, at its first line. */
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
   * view has all lines that there are. Rejects as `run` does.
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
export function serverSearch(
  server: ServerAddress,
  sprintId: string,
  browser: { fetch: Browser["fetch"]; document: { cookie: string } },
): Search {
  return {
    hasRegex: true,
    loadLevel: (level, before, signal) =>
      loadEventsOfLevel(server, sprintId, { level, before, signal }, browser),
    run: async ({ text, isRegex, isCase, isWord, level }, start, signal, onProgress) => {
      const [name, seq] = Object.entries(start)[0] ?? ["after", 0];
      const query = new URLSearchParams({ level, [name]: String(seq) });
      if (text !== "") query.set("text", text);
      if (isRegex) query.set("regex", "true");
      if (isCase) query.set("case", "true");
      if (isWord) query.set("word", "true");
      const path = `sprints/${encodeURIComponent(sprintId)}/search?${query}`;
      const requester = requesterOf(browser, signal);
      const response = await request(server, ["GET", path], NO_LOGIN, requester);
      for await (const line of linesOf(response)) onProgress(readProgress(line));
      signal.throwIfAborted();
    },
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

function readProgress(line: string): SearchProgress {
  const progress: unknown = JSON.parse(line);
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
