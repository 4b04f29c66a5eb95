// Shared hooks: a timer, printing, and a scroll position that follows the end.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { takesWheel, useWheelOnFocus } from "./wheel.js";

/** Draw again at this interval while `isOn`. */
export function useTicking(isOn: boolean, interval: number): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => setTick((tick) => tick + 1), interval);
    return () => clearInterval(timer);
  }, [isOn, interval]);
}

/** Whether the page is being printed, or shown in a print preview. */
export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const print = matchMedia("print");
    const begin = () => setPrinting(true);
    const end = () => setPrinting(print.matches);
    // The event comes early enough to draw; the media query is for previews.
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

/** Tolerance at the end, in pixels: scroll positions are fractional, heights are not. */
const NEAR = 2;

export interface Follower<Kind extends HTMLElement> {
  ref: RefObject<Kind | null>;
  isFollowing: boolean;
  onScroll: () => void;
  /** Scroll to the end and follow it. */
  jump: () => void;
  /** Stop following. */
  pause: () => void;
  /** Whether to show the hint that it scrolls after a click. */
  wantsClick: boolean;
}

/**
 * Keep an element scrolled to its end, until the reader moves up or selects text in it.
 *
 * Any movement up stops it, however small: the first frame of a smooth scroll and a slow wheel move
 * by a pixel or less. Keys and the wheel stop it before the element has moved, so that new content
 * does not interrupt the scroll that they start. Scrolling down to the end resumes it.
 */
export function useFollowing<Kind extends HTMLElement>(): Follower<Kind> {
  const ref = useRef<Kind>(null);
  const [isFollowing, setFollowing] = useState(true);
  const wantsClick = useWheelOnFocus(ref);
  /** The last scroll position, and the maximum at that time. */
  const last = useRef({ top: 0, farthest: 0 });

  const stick = () => {
    const element = ref.current;
    if (!element || !isFollowing || hasSelection(element)) return;
    element.scrollTop = element.scrollHeight;
    last.current = { top: element.scrollTop, farthest: farthestOf(element) };
  };
  useLayoutEffect(stick);

  // A view may be drawn before it is in the page, or in a hidden tab, where it has no size.
  const latestStick = useRef(stick);
  latestStick.current = stick;
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => latestStick.current());
    observer.observe(element);
    const leave = (event: Event) => {
      if (startsMovingUp(event) && farthestOf(element) > NEAR) setFollowing(false);
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
      // When content was removed, the browser clamps the position; the reader did not scroll.
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

function startsMovingUp(event: Event): boolean {
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
