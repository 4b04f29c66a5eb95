// Moving between rows by keyboard: arrow keys go to the next row or the one before, Enter unfolds
// the row.

import type { RefObject, TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Drawn } from "./viewport.js";

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

interface Keys {
  list: RefObject<HTMLElement | null>;
  drawn: Drawn;
  /** Number of rows. */
  count: number;
  /** Scroll so that a row is visible. */
  reveal: (index: number) => void;
  /** Stop following the end. */
  pause: () => void;
}

/** Returns what is to be called for each key that is pressed in the list or on what scrolls. */
export function useKeys(keys: Keys): (event: TargetedKeyboardEvent<HTMLElement>) => void {
  const { list, drawn, count, reveal, pause } = keys;
  /** The row that gets the focus as soon as it is drawn. */
  const wanted = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const row = list.current?.children[wanted.current - drawn.from];
    if (!(row instanceof HTMLElement)) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });
  useKeptFocus(list);
  return (event) => {
    const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (ctrlKey || metaKey || altKey || shiftKey || !(target instanceof HTMLElement)) return;
    const row = target.closest<HTMLElement>(".rtw-row");
    if (key === "Enter" && row === target) {
      row.querySelector<HTMLElement>("summary, .rtw-toggle, .rtw-more")?.click();
      return;
    }
    const step = STEPS[key];
    if (step === undefined || scrollsItself(target)) return;
    event.preventDefault();
    const index = row ? indexOf(list.current, row) + drawn.from + step : startOf(drawn, step);
    const next = Math.min(Math.max(index, 0), count - 1);
    pause();
    wanted.current = next;
    reveal(next);
    const shown = list.current?.children[next - drawn.from];
    if (shown instanceof HTMLElement) {
      wanted.current = null;
      shown.focus({ preventScroll: true });
    }
  };
}

/** Without a row that has the focus, the newest one is the first to get it. */
function startOf({ from, to }: Drawn, step: number): number {
  return step < 0 ? to - 1 : from;
}

function indexOf(list: HTMLElement | null, row: HTMLElement): number {
  return [...(list?.children ?? [])].indexOf(row);
}

/** Whether the arrow keys scroll the element, such as a long result. */
function scrollsItself(element: HTMLElement): boolean {
  return element.matches("pre") && element.scrollHeight > element.clientHeight;
}

/**
 * Give the focus to what scrolls when the row that had it is not drawn any more: without a focus
 * within, the wheel would not scroll it any longer.
 */
function useKeptFocus(list: RefObject<HTMLElement | null>): void {
  const focused = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const enter = (event: FocusEvent) => {
      focused.current = event.target instanceof HTMLElement ? event.target : null;
    };
    const leave = () => {
      const left = focused.current;
      // An element that was removed also loses the focus; that is not a choice of the reader.
      queueMicrotask(() => {
        if (left?.isConnected && focused.current === left && !left.matches(":focus")) {
          focused.current = null;
        }
      });
    };
    element.addEventListener("focusin", enter);
    element.addEventListener("focusout", leave);
    return () => {
      element.removeEventListener("focusin", enter);
      element.removeEventListener("focusout", leave);
    };
  }, []);
  useLayoutEffect(() => {
    if (focused.current === null || focused.current.isConnected) return;
    focused.current = null;
    list.current?.parentElement?.focus({ preventScroll: true });
  });
}
