// The wheel over something that scrolls belongs to the page until it has the focus.
//
// A log in a notebook would otherwise catch each scroll that passes over it, for as many lines as
// it has. The style sheet does it, with `overflow-y: hidden` while the focus is elsewhere, so that
// wheel and finger move the page natively. Here: a click or tap gives the focus, Escape and a
// wheel elsewhere take it, and a wheel that moved the page shows what to do.

import type { JSX, RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** How long the hint stays after the last wheel, in milliseconds. */
const HINT_FOR = 1_500;

/** Keys that scroll, which must not reach the shortcuts of the page around. */
const SCROLL_KEYS = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "]);

/** Let an element scroll while it has the focus; returns whether to show how it gets it. */
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
      else if (hasFocus(element)) giveBack(element);
    };
    const click = () => {
      if (!hasFocus(element)) element.focus({ preventScroll: true });
    };
    const key = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") giveBack(element);
      if (SCROLL_KEYS.has(event.key)) event.stopPropagation();
    };
    document.addEventListener("wheel", wheelAnywhere, { passive: true, capture: true });
    element.addEventListener("touchmove", hint, { passive: true });
    element.addEventListener("click", click);
    element.addEventListener("keydown", key);
    element.addEventListener("focusin", stopHinting);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("wheel", wheelAnywhere, { capture: true });
      element.removeEventListener("touchmove", hint);
      element.removeEventListener("click", click);
      element.removeEventListener("keydown", key);
      element.removeEventListener("focusin", stopHinting);
    };
  }, [ref]);
  return isHinting;
}

/** How to scroll what the wheel did not move. The keyboard needs no hint: it scrolls what has the focus. */
export function WheelHint({ isShown }: { isShown: boolean }): JSX.Element | null {
  if (!isShown) return null;
  const isFinger = matchMedia("(pointer: coarse)").matches;
  return (
    <p class="rtw-wheel-hint" aria-hidden>
      {isFinger ? "Tap to scroll here" : "Click to scroll here"}
    </p>
  );
}

/** Whether the wheel moves it: with the focus, and always where there is no page to scroll. */
export function takesWheel(element: Element): boolean {
  return getComputedStyle(element).overflowY !== "hidden";
}

function hasFocus(element: Element): boolean {
  return element.matches(":focus-within");
}

/** Move the focus to what is around that can have it, such as the cell of a notebook. */
function giveBack(element: HTMLElement): void {
  element.parentElement?.closest<HTMLElement>("[tabindex]")?.focus({ preventScroll: true });
  const { activeElement } = element.getRootNode() as Document | ShadowRoot;
  if (hasFocus(element) && activeElement instanceof HTMLElement) activeElement.blur();
}
