// What the rows of a log react to: keys, copying, links to lines, and folding.

import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { EventRange } from "../../model/attempts.js";
import {
  comparePoints,
  isOneLine,
  type LinePoint,
  type LineRange,
  rangeOf,
  rangeWords,
} from "../../model/line-range.js";
import type { LogBook } from "../../model/log.js";
import type { LogLine } from "../../model/log-line.js";
import { copyText } from "../../ui/clipboard.js";
import type { EndFollower } from "../../ui/following.js";
import { endsOf, type LineSelection, selectedText } from "./log-copy.js";
import type { Section } from "./log-filter.js";
import type { LogFolds } from "./log-folds.js";
import { actOnKey } from "./log-keys.js";
import { blocksBetween, heightOf, type Layout, linesBetween } from "./log-layout.js";
import { linkOf, type RowControls } from "./log-look.js";
import type { LogScroll } from "./log-scroll.js";
import { selectionIn } from "./native-selection.js";
import { ROW_HEIGHT } from "./row-heights.js";
import type { BarProps } from "./selection-bar.js";
import { moveFoldFocus, useFoldFocus } from "./use-fold-focus.js";
import { type Linked, missingWords } from "./use-linked.js";
import { useSelection } from "./use-selection.js";

interface ControlOptions {
  book: LogBook;
  /** The lines that can be copied, folded or not. */
  unfolded: readonly Section[];
  layout: Layout;
  scroll: LogScroll;
  follower: EndFollower<HTMLDivElement>;
  folds: LogFolds;
  linked: Linked;
  /** The URL of the run's page; null where it has none. */
  page: string | null;
  /** Number of the newest event. */
  head: number;
  /** The events whose lines are shown; null for all. */
  range: EventRange | null;
}

interface ControlledRows {
  controls: RowControls;
  onKeyDown: (event: KeyboardEvent) => void;
  onCopy: (event: ClipboardEvent) => void;
  /** What is shown of a selection or a link; null where there is neither. */
  bar: BarProps | null;
}

export function useRowControls(options: ControlOptions): ControlledRows {
  const { book, unfolded, follower, folds, linked } = options;
  const { selection, set } = useSelection(follower.ref);
  const latest = useRef(options);
  latest.current = options;
  const [note, setNote] = useState<{ range: LineRange | null; words: string }>(NO_NOTE);
  const copy = async (text: string, range: LineRange, words: string) => {
    setNote({ range, words: (await copyText(text)) ? words : REFUSED });
  };
  const controls = useMemo(() => controlsOf(latest, copy), []);
  useArrival(options);
  useFoldFocus(follower.ref);
  // New lines would otherwise move what is selected out of sight.
  useLayoutEffect(() => {
    if (selection) follower.pause();
  }, [selection === null]);

  const clear = () => {
    set(null);
    if (linked.range) linked.set(null);
  };
  const textOf = (selected: LineSelection) => selectedText(unfolded, book.density, selected);
  const bar = barOf(options, { selection, note, folds, copy, textOf, clear });
  return {
    controls,
    onKeyDown: (event) => {
      const isClear = event.key === "Escape" && bar !== null;
      const hasMoved = !event.shiftKey && moveFoldFocus(event);
      if (isClear) clear();
      else if (!hasMoved && !actOnKey(event, keyContext(options, selection, set))) return;
      event.preventDefault();
      event.stopPropagation();
    },
    onCopy: (event) => {
      // Of a part of one line the browser knows the text.
      if (!selection || (isPartOfLine(selection) && !hasLeft(follower.ref))) return;
      event.clipboardData?.setData("text/plain", textOf(selection));
      event.preventDefault();
    },
    bar,
  };
}

const NO_NOTE = { range: null, words: "" };

const REFUSED = "the browser does not let this page use the clipboard";

type Copy = (text: string, range: LineRange, words: string) => Promise<void>;

function controlsOf(latest: RefObject<ControlOptions>, copy: Copy): RowControls {
  let anchor: LinePoint | null = null;
  return {
    treeRowOf: (line) => latest.current?.folds.treeRowOf(line) ?? null,
    toggle: (line) => latest.current?.folds.toggle(line),
    clickHeader: (_, line) => {
      if (document.getSelection()?.isCollapsed ?? true) latest.current?.folds.toggle(line);
    },
    clickLink: (event, line) => {
      event.stopPropagation();
      const options = latest.current;
      if (!options?.page || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const { linked, page } = options;
      const from = event.shiftKey ? (anchor ?? linked.range?.first ?? line) : line;
      if (!event.shiftKey) anchor = line;
      const range = rangeOf(from, line);
      linked.set(range);
      void copy(linkOf(page, range), range, "link copied");
    },
  };
}

/** Go to the linked lines when the reader comes by a link, and when the run has come so far. */
function useArrival(options: ControlOptions): void {
  const { linked, folds, follower, scroll, head, range: shown } = options;
  const { range, visits } = linked;
  const hasCome = range !== null && range.first.seq <= head;
  useLayoutEffect(() => {
    if (visits === 0 || !range || !hasCome) return;
    follower.pause();
    folds.reveal(range.first);
    scroll.reveal(range.first.seq, range.first.part);
  }, [visits, hasCome, shown === null]);
}

function keyContext(
  { book, layout, scroll, follower, folds }: ControlOptions,
  selection: LineSelection | null,
  select: (selection: LineSelection | null) => void,
) {
  return {
    selection,
    select,
    lines: () => linesOf(layout),
    first: book.stretches[0]?.first ?? 1,
    visible: follower.isFollowing ? null : lineAt(layout, scroll.top),
    page: Math.max(Math.floor(scroll.height / ROW_HEIGHT) - 1, 1),
    canToggle: (line: LogLine, isFolded: boolean | null) => {
      const state = folds.stateOf(line);
      return state !== null && (isFolded === null || isFolded === (state === "folded"));
    },
    toggle: (line: LogLine) => folds.toggle(line),
    show: (point: LinePoint) => show(follower.ref.current, layout, point),
  };
}

interface BarContext {
  selection: LineSelection | null;
  note: { range: LineRange | null; words: string };
  folds: LogFolds;
  copy: Copy;
  textOf: (selection: LineSelection) => string;
  clear: () => void;
}

function barOf(options: ControlOptions, context: BarContext): BarProps | null {
  const { book, linked, layout, page, head } = options;
  const { note, folds, copy, textOf, clear } = context;
  const selection = isForBar(context.selection) ? context.selection : null;
  const range = selection ? rangeOf(...endsOf(selection)) : linked.range;
  if (range === null) return null;
  const missing = selection ? null : missingWords(book, range, head);
  const isNoted = note.range !== null && isSameRange(note.range, range);
  const line = isOneLine(range)
    ? linesOf(layout).find((each) => comparePoints(each, range.first) === 0)
    : undefined;
  const state = line ? folds.stateOf(line) : null;
  const selected = selection ?? wholeLines(range);
  return {
    words: missing ?? `${rangeWords(range)}${isNoted ? ` · ${note.words}` : ""}`,
    copyText: missing ? null : () => void copy(textOf(selected), range, "text copied"),
    copyLink: page === null ? null : () => copyLink(page, range),
    fold: line && state ? { isFolded: state === "folded", toggle: () => folds.toggle(line) } : null,
    close: clear,
  };

  function copyLink(url: string, lines: LineRange): void {
    linked.set(lines);
    void copy(linkOf(url, lines), lines, "link copied");
  }
}

/** Whether the bar is shown: not while the mouse selects a word of a line. */
function isForBar(selection: LineSelection | null): boolean {
  if (selection === null) return false;
  return !isPartOfLine(selection) || matchMedia("(pointer: coarse)").matches;
}

function isPartOfLine({ anchor, head }: LineSelection): boolean {
  return comparePoints(anchor, head) === 0 && (anchor.offset !== null || head.offset !== null);
}

/** Whether the browser selects nothing in the log, because the rows have left the page. */
function hasLeft({ current }: RefObject<HTMLElement | null>): boolean {
  const browser = current && selectionIn(current);
  return !browser || browser.isCollapsed;
}

function wholeLines({ first, last }: LineRange): LineSelection {
  return { anchor: { ...first, offset: null }, head: { ...last, offset: null } };
}

function isSameRange(a: LineRange, b: LineRange): boolean {
  return comparePoints(a.first, b.first) === 0 && comparePoints(a.last, b.last) === 0;
}

/** The lines that are shown, without the rows of trees. */
function linesOf({ blocks }: Layout): LogLine[] {
  return blocks.flatMap(({ lines }) => lines?.filter(({ kind }) => kind !== "tree") ?? []);
}

function lineAt(layout: Layout, top: number): LinePoint | null {
  const [block] = blocksBetween(layout, top, top + 1);
  return block ? (linesBetween(block, top, top + 1).lines[0] ?? null) : null;
}

/** Scroll as little as it takes to see a line. */
function show(element: HTMLElement | null, layout: Layout, { seq, part }: LinePoint): void {
  const top = heightOf(layout, { seq, n: null, part, offset: 0 });
  if (!element || top === null) return;
  const least = top + ROW_HEIGHT - element.clientHeight;
  if (element.scrollTop > top) element.scrollTop = top;
  else if (element.scrollTop < least) element.scrollTop = least;
}
