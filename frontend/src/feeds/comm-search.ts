// Searching the log of a run through a kernel.

import type { Run } from "../model/run.js";
import type { CommRequests } from "./comm-requests.js";
import { localSearch } from "./local-search.js";
import { argumentsOf, loaderOfLevel, readProgress, type Search } from "./search.js";

/** The search of a kernel; what a run has whole is searched here, without waiting for the kernel. */
export function commSearch(run: Run, requests: CommRequests): Search {
  const local = localSearch(run);
  return {
    hasRegex: true,
    loadLevel: loaderOfLevel((given, signal) => requests.events(given, signal)),
    run: async (query, start, signal, onProgress) => {
      const isHere = run.log.isWhole || "after" in start;
      if (isHere && !query.isRegex) return local.run(query, start, signal, onProgress);
      return requests.search(argumentsOf(query, start), signal, (content) => {
        const progress = readProgress(content);
        onProgress(progress);
        return progress.end !== null;
      });
    },
  };
}
