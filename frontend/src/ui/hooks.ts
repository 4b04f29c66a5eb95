// What components share: the time, and a scroll position that follows the end.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Draw again at this interval while it is asked for. */
export function useTicking(isOn: boolean, interval: number): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => setTick((tick) => tick + 1), interval);
    return () => clearInterval(timer);
  }, [isOn, interval]);
}

/** How near to the end still counts as the end, in pixels. */
const NEAR = 24;

export interface Follower<Kind extends HTMLElement> {
  ref: RefObject<Kind | null>;
  isFollowing: boolean;
  onScroll: () => void;
  /** Go to the end and stay there. */
  jump: () => void;
  /** Stay where the reader is. */
  pause: () => void;
}

/** Keep an element scrolled to its end, until the reader scrolls up or selects text in it. */
export function useFollowing<Kind extends HTMLElement>(): Follower<Kind> {
  const ref = useRef<Kind>(null);
  const lastTop = useRef(0);
  const [isFollowing, setFollowing] = useState(true);

  const stick = () => {
    const element = ref.current;
    if (!element || !isFollowing || hasSelection(element)) return;
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
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
    return () => observer.disconnect();
  }, []);

  return {
    ref,
    isFollowing,
    onScroll: () => {
      const element = ref.current;
      if (!element) return;
      const distance = element.scrollHeight - element.clientHeight - element.scrollTop;
      // New content moves the end away without the reader having moved.
      const wentUp = element.scrollTop < lastTop.current;
      lastTop.current = element.scrollTop;
      if (distance <= NEAR) setFollowing(true);
      else if (wentUp) setFollowing(false);
    },
    jump: () => {
      setFollowing(true);
      const element = ref.current;
      if (element) element.scrollTop = element.scrollHeight;
    },
    pause: () => setFollowing(false),
  };
}

function hasSelection(element: HTMLElement): boolean {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && element.contains(selection.anchorNode);
}
