// The selection of lines in the log, by mouse, touch and keyboard.
//
// Theory of operation. The browser selects text in rows that are in the page. This keeps the lines
// and characters at both ends, also after their rows have left the page, and lets the browser select
// what is drawn of it. Copying takes the text from the lines. A press in the log begins another
// selection, and so does selecting elsewhere.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { comparePoints } from "../../model/line-range.js";
import type { LineSelection, SelectionEnd } from "./log-copy.js";
import { type Drawn, endAt, isAt, isDrawn, select, selectionIn } from "./native-selection.js";

export interface SelectionOfLines {
  selection: LineSelection | null;
  /** Select lines, or nothing. */
  set: (selection: LineSelection | null) => void;
}

export function useSelection(ref: RefObject<HTMLElement | null>): SelectionOfLines {
  const [selection, setSelection] = useState<LineSelection | null>(null);
  const current = useRef(selection);
  const isPressed = useRef(false);
  const drawn = useRef<Drawn | null>(null);
  const update = (next: LineSelection | null) => {
    if (isSame(current.current, next)) return;
    current.current = next;
    setSelection(next);
  };
  useEffect(() => {
    if (!ref.current) return undefined;
    return listen(ref.current, {
      isPressed,
      read: (element, browser) => read(element, browser, current.current, drawn.current),
      update,
    });
  }, [ref]);
  // While the mouse is pressed the browser extends its own selection.
  useLayoutEffect(() => {
    const element = ref.current;
    if (element && current.current && !isPressed.current)
      drawn.current = select(element, current.current);
  });
  const set = (next: LineSelection | null) => {
    update(next);
    if (next === null) document.getSelection()?.removeAllRanges();
  };
  return { selection, set };
}

interface Listener {
  /** Set to whether a button of the mouse, or a finger, is down. */
  isPressed: { current: boolean };
  read: (element: Element, browser: Selection) => LineSelection | null;
  update: (selection: LineSelection | null) => void;
}

/** Follow what the browser selects in an element; returns what ends that. */
function listen(element: HTMLElement, { isPressed, read, update }: Listener): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  const follow = () => {
    const browser = selectionIn(element);
    if (browser === undefined || browser?.isCollapsed) return;
    update(browser && read(element, browser));
  };
  const press = (event: PointerEvent) => {
    isPressed.current = true;
    const isControl = event.target instanceof Element && event.target.closest("a, button");
    if (event.button === 0 && !event.shiftKey && !isControl) update(null);
  };
  const release = () => {
    isPressed.current = false;
  };
  document.addEventListener("selectionchange", follow, { signal });
  element.addEventListener("pointerdown", press, { signal });
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, release, { signal });
  return () => listening.abort();
}

/** The lines of the browser's selection; an end stays where its row has left the page. */
function read(
  element: Element,
  browser: Selection,
  before: LineSelection | null,
  drawn: Drawn | null,
): LineSelection | null {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = browser;
  // The browser may move the anchor into the row that is next to one that has left.
  const keepsAnchor =
    before && (isAt(drawn?.anchor, anchorNode, anchorOffset) || !isDrawn(element, before.anchor));
  const keepsHead = before && isAt(drawn?.head, focusNode, focusOffset);
  const anchor = (!keepsAnchor && endAt(anchorNode, anchorOffset)) || before?.anchor;
  const head = (!keepsHead && endAt(focusNode, focusOffset)) || before?.head;
  return anchor && head ? { anchor, head } : before;
}

function isSame(a: LineSelection | null, b: LineSelection | null): boolean {
  if (a === null || b === null) return a === b;
  return isSameEnd(a.anchor, b.anchor) && isSameEnd(a.head, b.head);
}

function isSameEnd(a: SelectionEnd, b: SelectionEnd): boolean {
  return comparePoints(a, b) === 0 && a.offset === b.offset;
}
