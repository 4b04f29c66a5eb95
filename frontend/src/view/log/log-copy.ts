// The text of selected lines, of which only a part may be drawn or loaded.

import { comparePoints, type LinePoint } from "../../model/line-range.js";
import { rowsOf } from "../../model/log.js";
import type { LogLine } from "../../model/log-line.js";
import { formatCount } from "../../ui/format.js";
import { shownText } from "../../ui/text.js";
import type { Section } from "./log-filter.js";

/** One end of a selection. */
export interface SelectionEnd extends LinePoint {
  /** Characters of the line before it; null where the whole line is selected. */
  offset: number | null;
}

/** A selection of lines; the two ends may be in either order. */
export interface LineSelection {
  anchor: SelectionEnd;
  head: SelectionEnd;
}

/** The ends in the order of the log. */
export function endsOf({ anchor, head }: LineSelection): [SelectionEnd, SelectionEnd] {
  const order = comparePoints(anchor, head) || (anchor.offset ?? 0) - (head.offset ?? 0);
  return order <= 0 ? [anchor, head] : [head, anchor];
}

/**
 * The text that is selected, also of lines that are not drawn or folded.
 *
 * Where lines are not loaded, one line states how many. Hidden characters are marked, as on screen.
 */
export function selectedText(
  sections: readonly Section[],
  density: number,
  selection: LineSelection,
): string {
  const [from, to] = endsOf(selection);
  const texts: string[] = [];
  for (const { stretch, lines } of sections) {
    if (stretch.last < from.seq || to.seq < stretch.first) {
      // Remarks before the first event are in a stretch without events.
      if (stretch.last >= stretch.first) continue;
    }
    if (lines === null) texts.push(missingWords(rowsOf(stretch, density)));
    for (const line of lines ?? []) {
      const isInside = comparePoints(from, line) <= 0 && comparePoints(line, to) <= 0;
      if (isInside) texts.push(shownText(partOf(line, from, to)));
    }
  }
  return texts.join("\n");
}

function missingWords(rows: number): string {
  return `… about ${formatCount(rows, "line")} not loaded …`;
}

function partOf(line: LogLine, from: SelectionEnd, to: SelectionEnd): string {
  const end = comparePoints(line, to) === 0 ? (to.offset ?? undefined) : undefined;
  const start = comparePoints(line, from) === 0 ? (from.offset ?? 0) : 0;
  return line.text.slice(start, end);
}
