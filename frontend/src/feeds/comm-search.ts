// Searching the log of a run through a kernel.

import type { Run } from "../model/run.js";
import type { CommRequests } from "./comm-requests.js";
import { localSearch } from "./local-search.js";
import {
  argumentsOf,
  loaderOfLevel,
  readProgress,
  type Search,
  type SearchQuery,
  type SearchStart,
} from "./search.js";

/** The search of a kernel; what a run has whole is searched here, without waiting for the kernel. */
export function commSearch(run: Run, requests: CommRequests): Search {
  const local = localSearch(run);
  return {
    hasRegex: true,
    loadLevel: loaderOfLevel((given, signal) => requests.events(given, signal)),
    run: async (query, start, signal, onProgress) => {
      const isHere = run.log.isWhole || "after" in start;
      if (isHere && !query.isRegex) return local.run(query, start, signal, onProgress);
      const given = {
        ...argumentsOf({ ...query, attempt: null }, start),
        ...placeOf(query, start),
      };
      return requests.search(given, signal, (content) => {
        const progress = readProgress(content);
        onProgress(progress);
        return progress.end !== null;
      });
    },
  };
}

/** The events of an attempt, back from where a search starts: a kernel knows no attempts. */
function placeOf({ attempt }: SearchQuery, start: SearchStart) {
  if (attempt === null) return {};
  if ("after" in start) return { after: Math.max(start.after, attempt.first - 1) };
  return { after: attempt.first - 1, before: Math.min(start.before, attempt.last + 1) };
}
