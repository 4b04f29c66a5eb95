// Going to a line of the log from another part of the view.

import { createContext } from "preact";
import { type LineRange, rangeOf } from "../../model/line-range.js";

/** The lines that the reader wants to see; another object each time. */
export interface WantedLines {
  range: LineRange;
}

/** Shows the first line of an event in the log. */
export const ShowLine = createContext<(seq: number) => void>(() => undefined);

/** The first line of an event. */
export function wantedLine(seq: number): WantedLines {
  const point = { seq, part: 0 };
  return { range: rangeOf(point, point) };
}
