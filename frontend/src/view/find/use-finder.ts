// The search of one log view.

import type { RefObject } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Search } from "../../feeds/search.js";
import type { LineRange } from "../../model/line-range.js";
import type { LogBook } from "../../model/log.js";
import type { AttemptChoice } from "../attempts/use-attempt.js";
import type { LogChoice } from "../log/log-filter.js";
import type { FindQuery } from "./find.js";
import { isLimited, searchedAttempt } from "./find-scope.js";
import { Finder, NEWEST } from "./finder.js";

interface FinderOptions {
  search: Search;
  book: LogBook;
  /** Number of the newest event. */
  head: number;
  query: FindQuery;
  choice: LogChoice;
  attempt: AttemptChoice;
  /** The lines that the reader sees; null at the end. */
  position: RefObject<LineRange | null>;
}

/** Searches when the query, the choice of lines or the log changes, and what comes later. */
export function useFinder(options: FinderOptions): Finder {
  const { search, book, head, query, choice, attempt: attempts, position } = options;
  const [, setVersion] = useState(0);
  const finder = useMemo(
    () => new Finder(search, () => setVersion((version) => version + 1)),
    [search],
  );
  const attempt = searchedAttempt(query, attempts);
  useEffect(() => {
    const level = choice === "remarks" ? "debug" : choice;
    const isWanted = query.text !== "" || isLimited(query);
    const from = position.current?.last.seq ?? NEWEST;
    finder.start(isWanted ? { ...query, level, attempt } : null, from);
    // An attempt is another object each time.
  }, [finder, book, query, choice, attempt?.first, attempt?.last]);
  useEffect(() => finder.extend(head));
  useEffect(() => () => finder.close(), [finder]);
  return finder;
}
