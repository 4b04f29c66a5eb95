// The keys of the focused log: selecting lines, and folding the selected one.

import { comparePoints, type LinePoint } from "../../model/line-range.js";
import type { LogLine } from "../../model/log-line.js";
import type { LineSelection, SelectionEnd } from "./log-copy.js";

/** What the keys act on. */
export interface KeyContext {
  selection: LineSelection | null;
  select: (selection: LineSelection) => void;
  /** The lines that are shown, of the whole log. */
  lines: () => readonly LogLine[];
  /** Number of the first event, whether it is loaded or not. */
  first: number;
  /** The first line that the reader sees; null while the view follows the end. */
  visible: LinePoint | null;
  /** Number of rows that are visible. */
  page: number;
  /** Whether a line can be folded or unfolded now. */
  canToggle: (line: LogLine, isFolded: boolean | null) => boolean;
  toggle: (line: LogLine) => void;
  /** Scroll so that a line is visible. */
  show: (point: LinePoint) => void;
}

/** By how many lines a key moves the end of a selection. */
const STEPS: Record<string, (page: number) => number> = {
  ArrowUp: () => -1,
  ArrowDown: () => 1,
  PageUp: (page) => -page,
  PageDown: (page) => page,
  Home: () => Number.NEGATIVE_INFINITY,
  End: () => Number.POSITIVE_INFINITY,
};

/** Act on a key; returns whether it had a meaning. */
export function actOnKey(event: KeyboardEvent, context: KeyContext): boolean {
  const { key, shiftKey, altKey } = event;
  const isCommand = event.ctrlKey || event.metaKey;
  if (altKey) return false;
  if (isCommand) return key.toLowerCase() === "a" && !shiftKey && selectAll(context);
  const step = STEPS[key];
  if (shiftKey) return step !== undefined && extend(step(context.page), context);
  // The keys of a button in the log are its own.
  return event.target === event.currentTarget && toggleHead(key, context);
}

function selectAll({ lines, first, select }: KeyContext): boolean {
  const last = lines().at(-1);
  if (last)
    select({ anchor: whole({ seq: Math.min(first, last.seq), part: 0 }), head: whole(last) });
  return true;
}

function extend(step: number, context: KeyContext): boolean {
  const { selection, select, visible, show } = context;
  const lines = context.lines();
  const at = indexOf(lines, selection?.head ?? visible);
  // The first press selects the line at which the reader is.
  const wanted = selection || !Number.isFinite(step) ? at + step : at;
  const head = lines[Math.min(Math.max(wanted, 0), lines.length - 1)];
  if (!head) return true;
  const anchor = selection?.anchor ?? lines[at] ?? head;
  select({ anchor: whole(anchor), head: whole(head) });
  show(head);
  return true;
}

/** Enter folds or unfolds; the arrows as in a tree. */
function toggleHead(key: string, { selection, lines, canToggle, toggle }: KeyContext): boolean {
  const states: Record<string, boolean | null> = {
    Enter: null,
    ArrowRight: true,
    ArrowLeft: false,
  };
  const state = states[key];
  if (state === undefined || !selection) return false;
  const shown = lines();
  const line = shown[indexOf(shown, selection.head)];
  if (!line || !canToggle(line, state)) return false;
  toggle(line);
  return true;
}

/** The line at a place, or the next one; the last where there is none. */
function indexOf(lines: readonly LogLine[], point: LinePoint | null): number {
  const at = point ? lines.findIndex((line) => comparePoints(line, point) >= 0) : -1;
  return at >= 0 ? at : lines.length - 1;
}

function whole({ seq, part }: LinePoint): SelectionEnd {
  return { seq, part, offset: null };
}
