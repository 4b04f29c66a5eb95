// The browser's selection in the rows of the log: which lines it is in, and selecting lines in it.
//
// Rows leave the page while it is scrolled. The browser then moves an end of its selection to the
// element around the rows, which is no line.

import { comparePoints } from "../../model/line-range.js";
import { endsOf, type LineSelection, type SelectionEnd } from "./log-copy.js";
import { lineOf } from "./log-line.js";

/** The line and the character in it at a place in the page; null outside of rows. */
export function endAt(node: Node | null, offset: number): SelectionEnd | null {
  const element = node instanceof Element ? node : node?.parentElement;
  const row = element?.closest(".rtw-line");
  const line = row ? lineOf(row) : undefined;
  if (!node || !row || !line) return null;
  const { seq, part } = line;
  const text = row.querySelector(".rtw-line-text");
  if (!text || line.kind === "tree") return { seq, part, offset: null };
  const before = document.createRange();
  before.selectNodeContents(text);
  const side = before.comparePoint(node, offset);
  if (side < 0) return { seq, part, offset: 0 };
  if (side === 0) before.setEnd(node, offset);
  return { seq, part, offset: Math.min(before.toString().length, line.text.length) };
}

/** A place in the page. */
export interface Boundary {
  node: Node;
  offset: number;
}

/** What the browser was let select. */
export interface Drawn {
  anchor: Boundary;
  head: Boundary;
}

/** Whether an end of the browser's selection is where it was set. */
export function isAt(boundary: Boundary | undefined, node: Node | null, offset: number): boolean {
  return boundary?.node === node && boundary.offset === offset;
}

/** Chromium has a selection of each shadow tree. */
function selectionOf(element: Element): Selection | null {
  const root = element.getRootNode() as Partial<Pick<Document, "getSelection">>;
  return root.getSelection?.() ?? document.getSelection();
}

/**
 * The browser's selection, as seen from an element: null where it is outside, undefined where that
 * cannot be seen, because the element is in a shadow tree.
 */
export function selectionIn(element: Element): Selection | null | undefined {
  const browser = selectionOf(element);
  if (!browser?.anchorNode) return undefined;
  if (element.contains(browser.anchorNode)) return browser;
  const root = element.getRootNode();
  return root instanceof ShadowRoot && browser.anchorNode.contains(root.host) ? undefined : null;
}

/** Whether the row of an end is in the page. */
export function isDrawn(rows: Element, end: SelectionEnd): boolean {
  return [...rows.querySelectorAll(".rtw-line")].some((row) => {
    const line = lineOf(row);
    return line !== undefined && comparePoints(line, end) === 0;
  });
}

/** Let the browser select what is drawn of a selection; null where nothing is. */
export function select(rows: Element, selection: LineSelection): Drawn | null {
  const browser = selectionOf(rows);
  const [from, to] = endsOf(selection);
  const inside = [...rows.querySelectorAll(".rtw-line")].filter((row) => {
    const line = lineOf(row);
    return line && comparePoints(from, line) <= 0 && comparePoints(line, to) <= 0;
  });
  const [first, last] = [inside[0], inside.at(-1)];
  if (!browser || !first || !last) return null;
  const start = boundaryIn(first, from, "start");
  const end = boundaryIn(last, to, "end");
  const isBackwards = from === selection.head && from !== selection.anchor;
  const [anchor, head] = isBackwards ? [end, start] : [start, end];
  const isSet =
    isAt(anchor, browser.anchorNode, browser.anchorOffset) &&
    isAt(head, browser.focusNode, browser.focusOffset);
  if (!isSet) browser.setBaseAndExtent(anchor.node, anchor.offset, head.node, head.offset);
  return { anchor, head };
}

/** The place of an end in its row; the edge of the text where the end is in another line. */
function boundaryIn(row: Element, end: SelectionEnd, edge: "start" | "end"): Boundary {
  const text = row.querySelector(".rtw-line-text") ?? row;
  const line = lineOf(row);
  const isHere = line && comparePoints(line, end) === 0;
  if (!isHere || end.offset === null) {
    return { node: text, offset: edge === "start" ? 0 : text.childNodes.length };
  }
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  let left = end.offset;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { length } = node.textContent ?? "";
    if (left <= length) return { node, offset: left };
    left -= length;
  }
  return { node: text, offset: text.childNodes.length };
}
