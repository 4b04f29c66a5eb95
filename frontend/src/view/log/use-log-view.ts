// The state of one view of a log: its filter, search, folds, and the line to which the reader goes.

import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Feed, History } from "../../feeds/feed.js";
import type { LevelHistory } from "../../feeds/level-history.js";
import { isWithin } from "../../model/attempts.js";
import type { LineRange } from "../../model/line-range.js";
import type { LogBook } from "../../model/log.js";
import { isAtLeast } from "../../model/log-line.js";
import type { AttemptChoice } from "../attempts/use-attempt.js";
import { type FindQuery, NO_QUERY } from "../find/find.js";
import type { Finder } from "../find/finder.js";
import { useFinder } from "../find/use-finder.js";
import type { RunLinks } from "../links.js";
import { isFilter, type LogChoice, LogFilter, type Section } from "./log-filter.js";
import { LogFolds } from "./log-folds.js";
import type { Target } from "./log-layout.js";
import type { WantedLines } from "./show-line.js";
import { newestMissing, useLevelHistory } from "./use-level-history.js";
import { type Linked, useLinked } from "./use-linked.js";
import { useLoading } from "./use-loading.js";
import { type SeverityJump, useSeverityJump } from "./use-severity-jump.js";

/** Lines up to which older ones are loaded to find remarks; below the bound of `LogBook`. */
const MAX_FILTERED = 150_000;

export interface LogViewProps {
  feed: Feed;
  sprintId: string;
  links: RunLinks | undefined;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
  /** The attempt whose lines are shown. */
  attempt: AttemptChoice;
  /** The lines that another part of the view leads to; null for none. */
  wanted: WantedLines | null;
}

export interface LogView {
  query: FindQuery;
  setQuery: (query: FindQuery) => void;
  finder: Finder;
  jump: SeverityJump;
  /** The line to which the reader was taken last, or null. */
  target: Target | null;
  /** The lines of the choice. */
  sections: readonly Section[];
  /** The same without what is folded. */
  shown: readonly Section[];
  /** Loads the lines of a choice of levels that are not loaded; null where there are none. */
  levels: LevelHistory | null;
  /** Whether older lines are being loaded for the choice. */
  isSearching: boolean;
  folds: LogFolds;
  linked: Linked;
  /** What the reader sees; null at the end. */
  position: RefObject<LineRange | null>;
}

export function useLogView(props: LogViewProps): LogView {
  const { feed, links, choice, onChoice, attempt, wanted } = props;
  const { run, history, search } = feed;
  const book = run.log;
  const position = useRef<LineRange | null>(null);
  const [query, setQuery] = useState(NO_QUERY);
  const [filter] = useState(() => new LogFilter());
  const levels = useLevelHistory(search, book, choice);
  const sections = filter.update(book, choice, levels, attempt.shown);
  const older = useRemarks(book, history, choice);
  const finder = useFinder({ search, book, head: run.seq, query, choice, attempt, position });
  const jump = useSeverityJump(book.severe, (severity) => {
    if (choice === "remarks" || !isAtLeast(severity, choice)) onChoice("debug");
  });
  // What the reader chose last: a match of the search, or an error.
  useLayoutEffect(jump.leave, [finder.current]);
  const target = jump.place ?? finder.current;
  const linked = useLinked(links?.fragment, wanted);
  useLeaving(attempt, [target, linked.range?.first]);
  const folds = useFolds();
  const shown = folds.update(sections, {
    isFiltered: isFilter(choice),
    reading: position.current,
    wanted: [target, linked.range?.first].filter((point) => point != null),
  });
  const isSearching = (older !== null && history !== null) || (levels !== null && levels.from > 1);
  const found = { query, setQuery, finder, jump, target };
  return { ...found, sections, shown, levels, isSearching, folds, linked, position };
}

/** Show all attempts where the reader is taken to a line of another one than is shown. */
function useLeaving(
  { shown, show }: AttemptChoice,
  places: readonly (Pick<Target, "seq"> | null | undefined)[],
): void {
  useLayoutEffect(() => {
    if (places.some((place) => place && !isWithin(place.seq, shown))) show(null);
  }, places);
}

/** What is folded, as long as this log is shown. */
function useFolds(): LogFolds {
  const [, setVersion] = useState(0);
  const [folds] = useState(() => new LogFolds(() => setVersion((version) => version + 1)));
  return folds;
}

/** Load older lines to find remarks, which no server knows; returns the next event to load. */
function useRemarks(book: LogBook, history: History | null, choice: LogChoice): number | null {
  const isNeeded = choice === "remarks" && book.loaded < MAX_FILTERED;
  const older = isNeeded ? newestMissing(book) : null;
  useLoading(history, older);
  return older;
}
