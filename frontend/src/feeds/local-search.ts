// Searching what a page has of a run.

import { isWithin } from "../model/attempts.js";
import { findAll } from "../model/find-text.js";
import { isAtLeast, isOfRun, type LogLine } from "../model/log-line.js";
import type { Run } from "../model/run.js";
import type { Match, Search, SearchQuery } from "./search.js";

/** Searches the lines that a run has. */
export function localSearch(run: Run): Search {
  return {
    hasRegex: false,
    loadLevel: null,
    run: async (query, start, signal, onProgress) => {
      signal.throwIfAborted();
      const matches: Match[] = [];
      for (const line of run.log.lines) {
        const { seq, part, text } = line;
        const isInside = "before" in start ? seq < start.before : seq > start.after;
        if (!isInside || !isInScope(line, query)) continue;
        const first = query.text === "" ? part === 0 && [0, 0] : findAll(text, query)[0];
        if (first) matches.push({ seq, part, start: first[0] ?? 0, end: first[1] ?? 0 });
      }
      const count = matches.length;
      onProgress({ matches, count, searched: run.seq, head: run.seq, end: "done" });
    },
  };
}

/** Whether a line is within the limits of a search beside its text. */
export function isInScope(
  line: LogLine,
  { level, source, since, until, attempt }: SearchQuery,
): boolean {
  if (!isOfRun(line) || !isAtLeast(line.level, level) || !isWithin(line.seq, attempt)) return false;
  if (source !== null && line.source !== source) return false;
  const time = line.time ?? 0;
  return (since === null || time >= since) && (until === null || time < until);
}
