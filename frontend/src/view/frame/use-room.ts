// How much room a view has, in three classes.

import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/**
 * `narrow`: the steps are above the panes. `wide`: there are two panes. Without a layout, as in a
 * hidden tab, it is `medium`.
 */
export type Room = "narrow" | "medium" | "wide";

/** Widths of a view from which there is more room, in pixels. */
const MEDIUM = 720;
const WIDE = 1_200;

export function useRoom(ref: RefObject<HTMLElement | null>): Room {
  const [room, setRoom] = useState<Room>("medium");
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const update = () => setRoom((before) => roomOf(element.clientWidth) ?? before);
    const observer = new ResizeObserver(update);
    observer.observe(element);
    update();
    return () => observer.disconnect();
  }, [ref]);
  return room;
}

function roomOf(width: number): Room | null {
  if (width === 0) return null;
  if (width < MEDIUM) return "narrow";
  return width < WIDE ? "medium" : "wide";
}
