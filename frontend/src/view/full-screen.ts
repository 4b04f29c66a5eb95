// An element that fills the screen or, where the browser does not allow that, the page.

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const FULL = ":fullscreen, :popover-open";

export interface FullScreen {
  isFull: boolean;
  toggle: () => void;
}

export function useFullScreen(ref: RefObject<HTMLElement | null>): FullScreen {
  const [isFull, setFull] = useState(false);
  useEffect(() => {
    const update = () => setFull(ref.current?.matches(FULL) ?? false);
    const leave = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !ref.current?.matches(":popover-open")) return;
      event.preventDefault();
      hidePopover(ref.current);
      update();
    };
    const listening = new AbortController();
    const { signal } = listening;
    document.addEventListener("fullscreenchange", update, { signal });
    document.addEventListener("keydown", leave, { signal });
    return () => listening.abort();
  }, [ref]);
  const toggle = async () => {
    const element = ref.current;
    if (!element) return;
    if (element.matches(":fullscreen")) await document.exitFullscreen();
    else if (element.matches(":popover-open")) hidePopover(element);
    else await element.requestFullscreen().catch(() => showPopover(element));
    setFull(element.matches(FULL));
  };
  return { isFull, toggle: () => void toggle() };
}

/** Above everything else in the page, and not cut off by what is around it. */
function showPopover(element: HTMLElement): void {
  element.popover = "manual";
  element.showPopover();
}

function hidePopover(element: HTMLElement): void {
  element.hidePopover();
  element.popover = null;
}
