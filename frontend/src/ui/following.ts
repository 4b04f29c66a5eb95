// A scroll position that follows the end.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { takesWheel, useWheelOnFocus } from "./wheel.js";

/** Tolerance at the end, in pixels: scroll positions are fractional, heights are not. */
const NEAR = 2;

export interface EndFollower<Kind extends HTMLElement> {
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
export function useFollowing<Kind extends HTMLElement>(): EndFollower<Kind> {
  const ref = useRef<Kind>(null);
  const [isFollowing, setFollowing] = useState(true);
  /** The same at once, for what happens before the next frame. */
  const follows = useRef(true);
  const follow = (value: boolean) => {
    follows.current = value;
    setFollowing(value);
  };
  const wantsClick = useWheelOnFocus(ref);
  const last = useRef<ScrollPosition>({ top: 0, farthest: 0 });

  const stick = () => {
    const element = ref.current;
    if (!element || !follows.current || hasSelection(element)) return;
    element.scrollTop = element.scrollHeight;
    last.current = positionOf(element);
  };
  useLayoutEffect(stick);

  // A view may be drawn before it is in the page, or in a hidden tab, where it has no size.
  useObserver(ref, stick, () => follow(false));

  return {
    ref,
    isFollowing,
    onScroll: () => {
      const element = ref.current;
      if (!element) return;
      const before = last.current;
      last.current = positionOf(element);
      follow(followsAfter(before, last.current) ?? follows.current);
    },
    jump: () => {
      follow(true);
      const element = ref.current;
      if (element) element.scrollTop = element.scrollHeight;
    },
    pause: () => follow(false),
    wantsClick,
  };
}

interface ScrollPosition {
  top: number;
  /** The greatest possible `top`. */
  farthest: number;
}

function positionOf({ scrollTop, scrollHeight, clientHeight }: HTMLElement): ScrollPosition {
  return { top: scrollTop, farthest: scrollHeight - clientHeight };
}

/** Whether a scroll starts (true) or stops (false) following; null where it does neither. */
function followsAfter(before: ScrollPosition, { top, farthest }: ScrollPosition): boolean | null {
  const isAtEnd = farthest - top <= NEAR;
  // When content was removed, the browser clamps the position; the reader did not scroll.
  const isMovedByBrowser = farthest < before.farthest && isAtEnd;
  if (farthest <= NEAR || (isAtEnd && top > before.top)) return true;
  return top < before.top && !isMovedByBrowser ? false : null;
}

/** Call `onResize` when the element is resized, and `onUp` where a key or the wheel moves it up. */
function useObserver(
  ref: RefObject<HTMLElement | null>,
  onResize: () => void,
  onUp: () => void,
): void {
  const latest = useRef({ onResize, onUp });
  latest.current = { onResize, onUp };
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => latest.current.onResize());
    observer.observe(element);
    const leave = (event: Event) => {
      if (startsMovingUp(event) && positionOf(element).farthest > NEAR) latest.current.onUp();
    };
    element.addEventListener("wheel", leave, { passive: true });
    element.addEventListener("keydown", leave);
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", leave);
      element.removeEventListener("keydown", leave);
    };
  }, [ref]);
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
