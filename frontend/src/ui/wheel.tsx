// An element scrolls by wheel or touch only while it has the focus; otherwise the page scrolls.
//
// A log in a notebook would otherwise stop each scroll of the page that passes over it. The style
// sheet has `overflow-y: hidden` while the focus is elsewhere, so that wheel and touch scroll the
// page natively. This file: a click or tap focuses the element, Escape and a wheel elsewhere release
// the focus, and a wheel that scrolled the page shows a hint.

import type { JSX, RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** How long the hint is shown after the last wheel event, in milliseconds. */
const HINT_FOR = 1_500;

/** Keys that scroll; they must not trigger shortcuts of the page. */
const SCROLL_KEYS = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "]);

/** Let an element scroll while it has the focus; returns whether to show the hint. */
export function useWheelOnFocus(ref: RefObject<HTMLElement | null>): boolean {
  const [isHinting, setHinting] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stopHinting = () => {
      clearTimeout(timer);
      setHinting(false);
    };
    const hint = () => {
      if (takesWheel(element) || element.scrollHeight <= element.clientHeight) return;
      setHinting(true);
      clearTimeout(timer);
      timer = setTimeout(stopHinting, HINT_FOR);
    };
    const wheelAnywhere = (event: Event) => {
      if (event.composedPath().includes(element)) hint();
      else if (hasFocus(element)) releaseFocus(element);
    };
    const click = () => {
      if (!hasFocus(element)) element.focus({ preventScroll: true });
    };
    const key = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") releaseFocus(element);
      if (SCROLL_KEYS.has(event.key)) event.stopPropagation();
    };
    const listening = new AbortController();
    const { signal } = listening;
    document.addEventListener("wheel", wheelAnywhere, { passive: true, capture: true, signal });
    element.addEventListener("touchmove", hint, { passive: true, signal });
    element.addEventListener("click", click, { signal });
    element.addEventListener("keydown", key, { signal });
    element.addEventListener("focusin", stopHinting, { signal });
    return () => {
      clearTimeout(timer);
      listening.abort();
    };
  }, [ref]);
  return isHinting;
}

/** How to scroll. The keyboard needs no hint: it scrolls the focused element. */
export function WheelHint({ isShown }: { isShown: boolean }): JSX.Element | null {
  if (!isShown) return null;
  const isFinger = matchMedia("(pointer: coarse)").matches;
  return (
    <p class="rtw-wheel-hint" aria-hidden>
      {isFinger ? "Tap to scroll here" : "Click to scroll here"}
    </p>
  );
}

/** Whether the wheel scrolls it: with the focus, and always where the page does not scroll. */
export function takesWheel(element: Element): boolean {
  return getComputedStyle(element).overflowY !== "hidden";
}

function hasFocus(element: Element): boolean {
  return element.matches(":focus-within");
}

/** Move the focus to the nearest focusable ancestor, such as the cell of a notebook. */
function releaseFocus(element: HTMLElement): void {
  element.parentElement?.closest<HTMLElement>("[tabindex]")?.focus({ preventScroll: true });
  const { activeElement } = element.getRootNode() as Document | ShadowRoot;
  if (hasFocus(element) && activeElement instanceof HTMLElement) activeElement.blur();
}
