// The heights of the rows of one log view, measured where its lines are wrapped.

import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { linesOf } from "./log-block.js";
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
    // Of a line that is not indented. On a phone a text is inline, and has no width.
    const texts = [...element.querySelectorAll(".rtw-line-text")];
    const text = Math.max(...texts.map(({ clientWidth }) => clientWidth), 0) || element.clientWidth;
    if (text > 0 && element.clientWidth !== width) {
      setWidth({ width: element.clientWidth, columns: Math.floor(text / CHARACTER) });
    }
    const blocks = [...element.querySelectorAll(".rtw-rows-drawn")];
    const changed = blocks.filter((block) => measure(block, wrapped));
    if (changed.length > 0) setVersion((version) => version + 1);
  });
  return wrapped ?? EVEN_ROWS;
}

/** Measure the rows of a block; returns whether their heights differ from what was known. */
function measure(block: Element, rows: WrappedRows): boolean {
  const [first] = block.children;
  const line = first && lineOf(first);
  const lines = linesOf(block);
  const index = line ? lines?.indexOf(line) : undefined;
  // A hidden view has no heights.
  if (!lines || index === undefined || index < 0 || block.clientHeight === 0) return false;
  const heights = [...block.children].map((row) => row.getBoundingClientRect().height);
  return rows.measure(lines, index, heights);
}
