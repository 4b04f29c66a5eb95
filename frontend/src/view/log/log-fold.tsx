// The controls of what folds in the log: the chevron, and the heading of a group.

import type { JSX } from "preact";
import { groupMark } from "../../model/log-groups.js";
import type { LogLine } from "../../model/log-line.js";
import { formatCount, formatSpan } from "../../ui/format.js";
import { ChevronIcon } from "../../ui/icons.js";
import { Name, shownText } from "../../ui/text.js";
import type { FoldState } from "./log-folds.js";

/** Characters of a name in the name of its button. */
const MAX_LABEL = 100;

interface FoldButtonProps {
  line: LogLine;
  fold: Exclude<FoldState, null>;
  /** Of a group: its lines and its duration. */
  summary: string | null;
  toggle: (line: LogLine) => void;
}

export function FoldButton({ line, fold, summary, toggle }: FoldButtonProps): JSX.Element {
  const isOpen = fold === "open";
  return (
    <button
      type="button"
      class="rtw-fold"
      aria-expanded={isOpen}
      aria-label={labelOf(line, summary)}
      tabIndex={-1} // except for one of all; see use-fold-focus.ts
      onClick={(event) => {
        event.stopPropagation();
        toggle(line);
      }}
    >
      <ChevronIcon />
    </button>
  );
}

/** The name of a group; its mark is in the text, not shown, so that matches are at their places. */
export function GroupText({ text }: { text: string }): JSX.Element {
  const length = groupMark(text);
  return (
    <>
      <span hidden>{text.slice(0, length)}</span>
      <Name text={text.slice(length)} />
    </>
  );
}

/** "128 lines · 12 s", "3 lines · 2 errors · 0.4 s". */
export function summaryWords(measured: {
  lines: number;
  errors: number;
  duration: number | null;
}): string {
  const { lines, errors, duration } = measured;
  const words = [formatCount(lines, "line")];
  if (errors > 0) words.push(formatCount(errors, "error"));
  if (duration !== null && duration >= 0) words.push(formatSpan(duration));
  return words.join(" · ");
}

function labelOf(line: LogLine, summary: string | null): string {
  if (summary === null) return line.kind === "tree" ? "Nested values" : `JSON of line ${line.seq}`;
  const name = shownText(line.text.slice(groupMark(line.text)).slice(0, MAX_LABEL));
  return `Group ${name}, ${summary}`;
}
