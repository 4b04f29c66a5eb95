// What a filter by level shows of the lines that are not loaded.

import { useEffect, useRef, useState } from "preact/hooks";
import { LevelHistory } from "../../feeds/level-history.js";
import type { Search } from "../../feeds/search.js";
import type { LogBook } from "../../model/log.js";
import type { Level } from "../../protocol/messages.js";
import { isFilter, type LogChoice } from "./log-filter.js";

interface Current {
  book: LogBook;
  level: Level;
  history: LevelHistory;
}

/** The server's lines of the level chosen; null without a filter, and where all are loaded. */
export function useLevelHistory(
  search: Search,
  book: LogBook,
  choice: LogChoice,
): LevelHistory | null {
  const [, setVersion] = useState(0);
  const current = useRef<Current | null>(null);
  const level = isFilter(choice) && choice !== "remarks" ? choice : null;
  const to = newestMissing(book);
  const isUsable =
    current.current?.book === book &&
    current.current.level === level &&
    // Lines that were forgotten meanwhile are newer than those that it has.
    (to === null || to <= current.current.history.to);
  if (!isUsable) {
    current.current?.history.close();
    const { loadLevel } = search;
    const isNeeded = level !== null && loadLevel !== null && to !== null;
    const history = isNeeded
      ? new LevelHistory({
          load: (before, signal) => loadLevel(level, before, signal),
          to,
          onChange: () => setVersion((version) => version + 1),
        })
      : null;
    current.current = history && level ? { book, level, history } : null;
  }
  useEffect(() => () => current.current?.history.close(), []);
  return current.current?.history ?? null;
}

/** The newest event that is not loaded; null where all are. */
export function newestMissing({ stretches }: LogBook): number | null {
  return stretches.findLast(({ lines }) => lines === null)?.last ?? null;
}
