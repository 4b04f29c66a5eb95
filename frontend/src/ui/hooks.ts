// What components share: the time, and a scroll position that follows the end.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { takesWheel, useWheelOnFocus } from "./wheel.js";

/** Draw again at this interval while it is asked for. */
export function useTicking(isOn: boolean, interval: number): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => setTick((tick) => tick + 1), interval);
    return () => clearInterval(timer);
  }, [isOn, interval]);
}

/** Whether the page is being printed, or shown as it would be. */
export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const print = matchMedia("print");
    const begin = () => setPrinting(true);
    const end = () => setPrinting(print.matches);
    // The event comes while there is still time to draw; the query is for previews.
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
    print.addEventListener("change", end);
    return () => {
      removeEventListener("beforeprint", begin);
      removeEventListener("afterprint", end);
      print.removeEventListener("change", end);
    };
  }, []);
  return isPrinting;
}

/** How near to the end counts as the end, in pixels: positions are fractions, heights are not. */
const NEAR = 2;

export interface Follower<Kind extends HTMLElement> {
  ref: RefObject<Kind | null>;
  isFollowing: boolean;
  onScroll: () => void;
  /** Go to the end and stay there. */
  jump: () => void;
  /** Stay where the reader is. */
  pause: () => void;
  /** Whether to say that it scrolls after a click. */
  wantsClick: boolean;
}

/**
 * Keep an element scrolled to its end, until the reader moves up or selects text in it.
 *
 * Any movement up leaves the end, however small: the first frame of a smooth scroll and a slow
 * wheel move by a pixel or less. Keys and the wheel leave it before anything has moved, so that
 * new content in between does not end the scroll that they begin. Following begins again when the
 * reader moves down to the end.
 */
export function useFollowing<Kind extends HTMLElement>(): Follower<Kind> {
  const ref = useRef<Kind>(null);
  const [isFollowing, setFollowing] = useState(true);
  const wantsClick = useWheelOnFocus(ref);
  /** The position that was seen last, and the farthest that was possible then. */
  const last = useRef({ top: 0, farthest: 0 });

  const stick = () => {
    const element = ref.current;
    if (!element || !isFollowing || hasSelection(element)) return;
    element.scrollTop = element.scrollHeight;
    last.current = { top: element.scrollTop, farthest: farthestOf(element) };
  };
  useLayoutEffect(stick);

  // A view may be drawn before it is in the page, or while its tab is behind another one.
  const latestStick = useRef(stick);
  latestStick.current = stick;
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => latestStick.current());
    observer.observe(element);
    const leave = (event: Event) => {
      if (beginsToMoveUp(event) && farthestOf(element) > NEAR) setFollowing(false);
    };
    element.addEventListener("wheel", leave, { passive: true });
    element.addEventListener("keydown", leave);
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", leave);
      element.removeEventListener("keydown", leave);
    };
  }, []);

  return {
    ref,
    isFollowing,
    onScroll: () => {
      const element = ref.current;
      if (!element) return;
      const before = last.current;
      const top = element.scrollTop;
      const farthest = farthestOf(element);
      last.current = { top, farthest };
      const isAtEnd = farthest - top <= NEAR;
      // Where content went away, the browser moves up what stood at the end; no reader did.
      const isMovedByBrowser = farthest < before.farthest && isAtEnd;
      if (farthest <= NEAR || (isAtEnd && top > before.top)) setFollowing(true);
      else if (top < before.top && !isMovedByBrowser) setFollowing(false);
    },
    jump: () => {
      setFollowing(true);
      const element = ref.current;
      if (element) element.scrollTop = element.scrollHeight;
    },
    pause: () => setFollowing(false),
    wantsClick,
  };
}

function farthestOf({ scrollHeight, clientHeight }: HTMLElement): number {
  return scrollHeight - clientHeight;
}

function beginsToMoveUp(event: Event): boolean {
  if (event instanceof WheelEvent) {
    return event.deltaY < 0 && takesWheel(event.currentTarget as Element);
  }
  if (!(event instanceof KeyboardEvent)) return false;
  return UP_KEYS.has(event.key) || (event.key === " " && event.shiftKey);
}

const UP_KEYS = new Set(["ArrowUp", "PageUp", "Home"]);

function hasSelection(element: HTMLElement): boolean {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && element.contains(selection.anchorNode);
}
