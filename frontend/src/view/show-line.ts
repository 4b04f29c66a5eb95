// Going to a line of the log from another part of the view.

import { createContext } from "preact";
import { useState } from "preact/hooks";
import { type LineRange, rangeOf } from "../model/line-range.js";

/** The lines that the reader wants to see; another object each time. */
export interface WantedLines {
  range: LineRange;
}

/** Shows the first line of an event in the log. */
export const ShowLine = createContext<(seq: number) => void>(() => undefined);

/** What the reader wants to see last, and what shows the line of an event. */
export function useWantedLines(): [WantedLines | null, (seq: number) => void] {
  const [wanted, setWanted] = useState<WantedLines | null>(null);
  return [
    wanted,
    (seq) => {
      const point = { seq, part: 0 };
      setWanted({ range: rangeOf(point, point) });
    },
  ];
}
