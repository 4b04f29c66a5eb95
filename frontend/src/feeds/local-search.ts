// Searching what a page has of a run.

import { findAll } from "../model/find-text.js";
import { isAtLeast, isOfRun } from "../model/log-line.js";
import type { Run } from "../model/run.js";
import type { Match, Search } from "./search.js";

/** Searches the lines that a run has; for transports that have no other ones. */
export function localSearch(run: Run): Search {
  return {
    hasRegex: false,
    loadLevel: null,
    run: async (query, start, signal, onProgress) => {
      signal.throwIfAborted();
      const matches: Match[] = [];
      for (const line of run.log.lines) {
        const { seq, part, text, level } = line;
        const isInside = "before" in start ? seq < start.before : seq > start.after;
        if (!isInside || !isOfRun(line) || !isAtLeast(level, query.level)) continue;
        const [first] = findAll(text, query);
        if (first) matches.push({ seq, part, start: first[0], end: first[1] });
      }
      const count = matches.length;
      onProgress({ matches, count, searched: run.seq, head: run.seq, end: "done" });
    },
  };
}
