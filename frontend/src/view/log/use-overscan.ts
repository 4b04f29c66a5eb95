// How far beyond its edges the log is drawn: a frame later than what is seen, where all of it is new.

import { useEffect, useRef, useState } from "preact/hooks";
import type { EventRange } from "../../model/attempts.js";
import { anchorAt, type Layout } from "./log-layout.js";
import { ROW_HEIGHT } from "./row-heights.js";

/** Pixels drawn beyond each edge, so that scrolling shows no blank area. */
const OVERSCAN = 12 * ROW_HEIGHT;

/** The events whose lines are visible; null where they are not loaded. */
type Seen = EventRange | null;

/** All of them: what is shown first is drawn at once. */
const FIRST_SEEN: Seen = { first: 1, last: Infinity };

/** Pixels to draw beyond the edges: none at first where nothing of what is visible was drawn. */
export function useOverscan(layout: Layout, top: number, height: number): number {
  const drawn = useRef<Seen>(FIRST_SEEN);
  const [, setVersion] = useState(0);
  const [first, last] = [anchorAt(layout, top), anchorAt(layout, top + height)];
  const isLoaded = first && last && first.n !== null && last.n !== null;
  const seen = isLoaded ? { first: first.seq, last: last.seq } : null;
  const isNew = seen !== null && !isOverlapping(seen, drawn.current);
  useEffect(() => {
    if (!isNew) {
      drawn.current = seen;
      return undefined;
    }
    // The next frame: an effect may still come before this one is painted.
    const frame = requestAnimationFrame(() => {
      drawn.current = seen;
      setVersion((version) => version + 1);
    });
    return () => cancelAnimationFrame(frame);
  });
  return isNew ? 0 : OVERSCAN;
}

function isOverlapping(range: EventRange, other: Seen): boolean {
  return other !== null && range.first <= other.last && other.first <= range.last;
}
