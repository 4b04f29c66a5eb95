// Marks what was found in the rows that are drawn.
//
// The browser paints the marks (CSS Custom Highlight API), so that the elements of a row need not be
// cut at them. Where it cannot, the line of the current match is marked only.

import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { isInScope } from "../../feeds/local-search.js";
import { findAll } from "../../model/find-text.js";
import { isOfRun, type LogLine } from "../../model/log-line.js";
import type { Finder } from "../find/finder.js";
import type { Target } from "./log-layout.js";
import { lineOf } from "./log-line.js";

const FOUND = "rtw-found";
const CURRENT = "rtw-found-current";

/** Class of the row of the current match. */
const CURRENT_ROW = "rtw-line-current";

/** Mark the matches of a search, and the row to which the reader was taken. */
export function useHighlights(
  ref: RefObject<HTMLElement | null>,
  finder: Finder,
  target: Target | null,
): void {
  useLayoutEffect(() => {
    const ranges: [string, Range][] = [];
    for (const row of ref.current?.querySelectorAll(".rtw-line") ?? []) {
      const line = lineOf(row);
      const isCurrent = line !== undefined && isAt(line, target);
      if (row.classList.contains(CURRENT_ROW) !== isCurrent) row.classList.toggle(CURRENT_ROW);
      const name = isCurrent ? CURRENT : FOUND;
      if (line) for (const range of rangesOf(row, line, finder)) ranges.push([name, range]);
    }
    return paint(ranges);
  });
}

function isAt(line: LogLine, target: Target | null): boolean {
  return isOfRun(line) && line.seq === target?.seq && line.part === target.part;
}

/** The places in a drawn line: all of a text, and of a regular expression the one that was reported. */
function rangesOf(row: Element, line: LogLine, finder: Finder): Range[] {
  const element = row.querySelector(".rtw-line-text");
  if (!element || finder.query === null || !isInScope(line, finder.query)) return [];
  const match = finder.query.isRegex ? finder.matchOf(line.seq, line.part) : null;
  const places = match
    ? [[match.start, match.end] as const]
    : findAll(element.textContent ?? "", finder.query);
  return places.flatMap(([start, end]) => rangeOf(element, start, end) ?? []);
}

/** The part of an element's text between two characters. */
function rangeOf(element: Element, start: number, end: number): Range | null {
  const range = document.createRange();
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let before = 0;
  let hasStart = false;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { length } = node.textContent ?? "";
    if (!hasStart && start < before + length) {
      range.setStart(node, start - before);
      hasStart = true;
    }
    if (hasStart && end <= before + length) {
      range.setEnd(node, end - before);
      return range;
    }
    before += length;
  }
  return null;
}

/** Paint ranges; returns what removes them. */
function paint(ranges: readonly [string, Range][]): (() => void) | undefined {
  if (!globalThis.CSS?.highlights) return undefined;
  for (const [name, range] of ranges) {
    const highlight = CSS.highlights.get(name) ?? new Highlight();
    CSS.highlights.set(name, highlight.add(range));
  }
  return () => {
    for (const [name, range] of ranges) CSS.highlights.get(name)?.delete(range);
  };
}
