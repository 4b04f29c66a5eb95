// Finds the warnings and errors of the events that a view has not loaded.

import { useEffect, useState } from "preact/hooks";
import { type Search, WHOLE_RUN } from "../../feeds/search.js";
import type { LogBook } from "../../model/log.js";
import type { Severity } from "../../model/severe-events.js";
import { RequestError } from "../../server/api.js";
import { NEWEST } from "./finder.js";

/** Events of a severity after which no older ones are searched for. */
const MAX_FOUND = 5_000;

/** Delay before a search that failed is tried again, in milliseconds: others may be running. */
const RETRY_AFTER = 10_000;

interface Found {
  /** Numbers of events, in the order of the log. */
  seqs: number[];
  /** How many there are, also of those that were not reported. */
  total: number;
  /** Number of the newest event that was searched. */
  head: number;
}

/**
 * While the log is shown, search for them once, and again after the view has joined behind more
 * events. What they are counted in is drawn again.
 */
export function useSevereSearch(search: Search, book: LogBook, isShown: boolean): void {
  const [, setVersion] = useState(0);
  const { severe, stretches } = book;
  const newest = stretches.findLast(({ lines, forgotten }) => !lines && forgotten === null)?.last;
  const isNeeded = isShown && search.loadLevel !== null && (newest ?? 0) > severe.searchedTo;
  useEffect(() => {
    if (!isNeeded) return undefined;
    const lifetime = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const redraw = () => setVersion((version) => version + 1);
    const run = () => {
      // Without an answer, those that the view has read are shown.
      findSevere(search, book, lifetime.signal).then(redraw, (error: unknown) => {
        const mayRetry = error instanceof RequestError && error.mayRetry;
        if (mayRetry && !lifetime.signal.aborted) timer = setTimeout(run, RETRY_AFTER);
      });
    };
    run();
    return () => {
      lifetime.abort();
      clearTimeout(timer);
    };
  }, [search, book, isNeeded]);
}

async function findSevere(search: Search, { severe }: LogBook, signal: AbortSignal): Promise<void> {
  const errors = await find(search, "error", signal);
  const both = await find(search, "warning", signal);
  const isError = new Set(errors.seqs);
  const warnings = both.seqs.filter((seq) => !isError.has(seq));
  const head = Math.min(errors.head, both.head);
  severe.addFound("error", errors.seqs, errors.total - errors.seqs.length, head);
  const total = both.total - errors.total;
  severe.addFound("warning", warnings, Math.max(total - warnings.length, 0), head);
}

/** Find events of a severity and of more severe ones, the newest first. */
async function find(search: Search, level: Severity, signal: AbortSignal): Promise<Found> {
  const query = { ...WHOLE_RUN, text: "", isRegex: false, isCase: false, isWord: false, level };
  const seqs: number[] = [];
  let [total, head, before] = [0, 0, NEWEST];
  for (;;) {
    let [count, end]: [number, string | null] = [0, null];
    await search.run(query, { before }, signal, (progress) => {
      for (const { seq } of progress.matches) seqs.push(seq);
      ({ count, end } = progress);
      head = Math.max(head, progress.head);
    });
    if (before === NEWEST) total = count;
    const oldest = seqs.at(-1);
    if (end !== "limit" || oldest === undefined || seqs.length >= MAX_FOUND) break;
    before = oldest;
  }
  signal.throwIfAborted();
  return { seqs: seqs.reverse(), total: Math.max(total, seqs.length), head };
}
