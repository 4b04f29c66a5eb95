// An element that fills the screen or, where the browser does not allow that, the page.

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface FullScreen {
  isFull: boolean;
  toggle: () => void;
}

export function useFullScreen(ref: RefObject<HTMLElement | null>): FullScreen {
  const [isFull, setFull] = useState(false);
  useEffect(() => {
    const update = () => setFull(ref.current !== null && fills(ref.current));
    const leave = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !ref.current?.hasAttribute("popover")) return;
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
    else if (element.hasAttribute("popover")) hidePopover(element);
    else await element.requestFullscreen().catch(() => showPopover(element));
    setFull(fills(element));
  };
  return { isFull, toggle: () => void toggle() };
}

function fills(element: HTMLElement): boolean {
  return element.matches(":fullscreen") || element.hasAttribute("popover");
}

/** Above everything else in the page, and not cut off by what is around it. */
function showPopover(element: HTMLElement): void {
  element.setAttribute("popover", "manual");
  element.showPopover?.();
}

function hidePopover(element: HTMLElement): void {
  element.hidePopover?.();
  element.removeAttribute("popover");
}
