// The lines that the URL of a run's page names, or that were linked to in this view.

import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { fragmentOf, type LineRange, rangeWords, readFragment } from "../../model/line-range.js";
import type { LogBook } from "../../model/log.js";
import { isOfRun } from "../../model/log-line.js";
import type { Fragment } from "../links.js";
import type { WantedLines } from "./show-line.js";

export interface Linked {
  range: LineRange | null;
  /** Grows when the reader has come by a link, and the view should go to its lines. */
  visits: number;
  /** Mark other lines, and put them into the URL; null marks none. */
  set: (range: LineRange | null) => void;
}

/** Follow the fragment of the URL, where there is one, and what is wanted in the view. */
export function useLinked(fragment: Fragment | undefined, wanted: WantedLines | null): Linked {
  const [{ range, visits }, setState] = useState(() => visit(fragment, 0));
  useLayoutEffect(() => {
    if (wanted === null) return;
    fragment?.write(fragmentOf(wanted.range));
    setState((state) => ({ range: wanted.range, visits: state.visits + 1 }));
  }, [wanted]);
  useEffect(
    () => fragment?.listen(() => setState((state) => visit(fragment, state.visits))),
    [fragment],
  );
  const set = (next: LineRange | null) => {
    fragment?.write(next === null ? "" : fragmentOf(next));
    setState((state) => ({ ...state, range: next }));
  };
  return { range, visits, set };
}

function visit(fragment: Fragment | undefined, before: number): Pick<Linked, "range" | "visits"> {
  const range = readFragment(fragment?.read() ?? "");
  return { range, visits: range ? before + 1 : before };
}

/**
 * Why the first of the linked lines is not shown, as a sentence; null where it is, or is loading.
 *
 * `head` is the number of the newest event.
 */
export function missingWords(book: LogBook, range: LineRange, head: number): string | null {
  const { seq, part } = range.first;
  if (seq > head) return `${rangeWords(range)}: the run has not come so far yet.`;
  const stretch = book.stretches.find(({ first, last }) => first <= seq && seq <= last);
  if (stretch?.lines === null) return null;
  const lines = stretch?.lines ?? [];
  if (lines.some((line) => isOfRun(line) && line.seq === seq && line.part === part)) return null;
  // Of events that are gone, a notice stands in the place of the last one.
  const next = lines.find((line) => line.seq >= seq);
  if (next?.kind === "notice") return `${rangeWords(range)}: not there any more. ${next.text}.`;
  const hasLines = lines.some((line) => isOfRun(line) && line.seq === seq);
  return hasLines
    ? `Event ${seq} has no line ${part + 1} in the log.`
    : `Event ${seq} is no line of the log.`;
}
