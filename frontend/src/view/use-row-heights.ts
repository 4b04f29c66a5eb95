// The heights of the rows of one log view, measured where its lines are wrapped.

import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { lineOf } from "./log-line.js";
import { EVEN_ROWS, type RowHeights, WrappedRows } from "./row-heights.js";

/** Width of a character in the log's font, in pixels; an estimate, until a line is measured. */
const CHARACTER = 7.2;

/** Columns before the first measurement. */
const FIRST_COLUMNS = 80;

/** The heights of the rows that are drawn in an element; each drawing measures them. */
export function useRowHeights(ref: RefObject<HTMLElement | null>, isWrapped: boolean): RowHeights {
  const [columns, setColumns] = useState(FIRST_COLUMNS);
  const [, setVersion] = useState(0);
  const wrapped = useMemo(
    () => (isWrapped ? new WrappedRows(columns) : null),
    [isWrapped, columns],
  );
  useLayoutEffect(() => {
    const element = ref.current;
    if (!wrapped || !element) return;
    const width = element.querySelector(".rtw-line-text")?.clientWidth ?? 0;
    if (width > 0) setColumns(Math.floor(width / CHARACTER));
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
