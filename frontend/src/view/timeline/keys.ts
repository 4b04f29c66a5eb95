// Moving between rows by keyboard: arrow keys go to the next row or the one before, Enter unfolds
// the row.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Drawn } from "./viewport.js";

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

interface Keys {
  /** What scrolls the list. */
  scroller: RefObject<HTMLElement | null>;
  list: RefObject<HTMLElement | null>;
  drawn: Drawn;
  /** Number of rows. */
  count: number;
  /** Scroll so that a row is visible. */
  reveal: (index: number) => void;
  /** Stop following the end. */
  pause: () => void;
}

export function useKeys(keys: Keys): void {
  const { scroller, list, drawn } = keys;
  /** The row that gets the focus as soon as it is drawn. */
  const wanted = useRef<number | null>(null);
  const latest = useRef(keys);
  latest.current = keys;
  useLayoutEffect(() => {
    const row = list.current?.children[(wanted.current ?? -1) - drawn.from];
    if (!(row instanceof HTMLElement)) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const press = (event: KeyboardEvent) => {
      const next = rowAfter(event, latest.current);
      if (next === null) return;
      event.preventDefault();
      latest.current.pause();
      wanted.current = next;
      latest.current.reveal(next);
    };
    element.addEventListener("keydown", press);
    return () => element.removeEventListener("keydown", press);
  }, []);
  useKeptFocus(list);
}

/** The row to which a key leads, or null; Enter unfolds the row that has the focus. */
function rowAfter(event: KeyboardEvent, { list, drawn, count }: Keys): number | null {
  const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (ctrlKey || metaKey || altKey || shiftKey || !(target instanceof HTMLElement)) return null;
  const row = target.closest<HTMLElement>(".rtw-row");
  if (key === "Enter" && row === target) {
    row.querySelector<HTMLElement>("summary, .rtw-toggle, .rtw-more")?.click();
  }
  const step = STEPS[key];
  if (step === undefined || scrollsItself(target)) return null;
  const index = row ? indexOf(list.current, row) + drawn.from + step : startOf(drawn, step);
  return Math.min(Math.max(index, 0), count - 1);
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
