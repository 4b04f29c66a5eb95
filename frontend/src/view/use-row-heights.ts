// The heights of the rows of one log view, measured where its lines are wrapped.

import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { lineOf } from "./log-line.js";
import { EVEN_ROWS, type RowHeights, WrappedRows } from "./row-heights.js";

/** Width of a character in the log's font, in pixels; an estimate, until a line is measured. */
const CHARACTER = 7.2;

/** Before the first measurement. */
const FIRST = { width: 0, columns: 80 };

/** The heights of the rows that are drawn in an element; each drawing measures them. */
export function useRowHeights(ref: RefObject<HTMLElement | null>, isWrapped: boolean): RowHeights {
  // Measured once for each width of the element: rows may have texts of different widths.
  const [{ width, columns }, setWidth] = useState(FIRST);
  const [, setVersion] = useState(0);
  const wrapped = useMemo(
    () => (isWrapped ? new WrappedRows(columns) : null),
    [isWrapped, width, columns],
  );
  useLayoutEffect(() => {
    const element = ref.current;
    if (!wrapped || !element) return;
    // Of a line that is not indented. On a phone a text is no box of its own, and has no width.
    const texts = [...element.querySelectorAll(".rtw-line-text")];
    const text = Math.max(...texts.map(({ clientWidth }) => clientWidth), 0) || element.clientWidth;
    if (text > 0 && element.clientWidth !== width) {
      setWidth({ width: element.clientWidth, columns: Math.floor(text / CHARACTER) });
    }
    let hasChanged = false;
    for (const row of element.querySelectorAll<HTMLElement>(".rtw-line")) {
      const line = lineOf(row);
      const { height } = row.getBoundingClientRect();
      if (line && height > 0 && wrapped.measure(line, height)) hasChanged = true;
    }
    if (!hasChanged) return;
    wrapped.forgetSums();
    setVersion((version) => version + 1);
  });
  return wrapped ?? EVEN_ROWS;
}
