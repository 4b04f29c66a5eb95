// One row of a waterfall: the name of a node, and its bar.

import type { JSX } from "preact";
import { durationOf, type TimelineNode } from "../../model/timeline/node.js";
import { firstTokenWords, formatTook } from "../../ui/format.js";
import { ChevronIcon } from "../../ui/icons.js";
import { Name, shownText } from "../../ui/text.js";
import { STATE_WORDS, stateOf } from "../node-state.js";
import type { WaterfallRow } from "./waterfall-rows.js";

/** Characters of a message in its row. */
const MAX_TEXT = 120;

/** The least width of a bar, in percent. */
const MIN_WIDTH = 0.4;

const KIND_WORDS: Partial<Record<TimelineNode["kind"], string>> = {
  run: "agent run",
  subagent: "sub-agent",
  tool: "tool",
};

interface WaterfallLineProps {
  row: WaterfallRow;
  /** Its place among all rows, from 1. */
  place: number;
  count: number;
  isLive: boolean;
  isFocusable: boolean;
  onSelect: () => void;
  onToggle: () => void;
}

export function WaterfallLine(props: WaterfallLineProps): JSX.Element {
  const { row, place, count, isLive, isFocusable, onSelect, onToggle } = props;
  const { node, depth, isOpen } = row;
  const state = stateOf(node, isLive);
  const duration = durationOf(node);
  const took = duration === null ? "" : formatTook(duration);
  const kind = KIND_WORDS[node.kind] ?? node.kind;
  const firstToken = node.ttftMs === null ? "" : firstTokenWords(node.ttftMs);
  const words = [`${kind} ${nameOf(node)}`, STATE_WORDS[state], took, firstToken];
  const isParent = isOpen !== null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the keys
    <div
      class={`rtw-waterfall-row rtw-waterfall-${node.kind} rtw-waterfall-${state}`}
      role="treeitem"
      aria-level={depth + 1}
      aria-posinset={place}
      aria-setsize={count}
      {...(isParent && { "aria-expanded": isOpen })}
      aria-selected={isFocusable}
      tabIndex={isFocusable ? 0 : -1}
      title={words.filter((each) => each !== "").join(", ")}
      onFocus={onSelect}
      onClick={() => {
        onSelect();
        if (isParent) onToggle();
      }}
    >
      <span class="rtw-waterfall-name" style={{ "--rtw-depth": depth }}>
        <span class="rtw-waterfall-fold">{isParent && <ChevronIcon />}</span>
        <span class="rtw-visually-hidden">{kind} </span>
        <Name text={nameOf(node)} />
        <span class="rtw-visually-hidden">, {STATE_WORDS[state]}, </span>
      </span>
      <Bar row={row} />
      <span class="rtw-waterfall-time">{took}</span>
    </div>
  );
}

function Bar({ row: { start, width } }: { row: WaterfallRow }): JSX.Element {
  const left = Math.min(start * 100, 100 - MIN_WIDTH);
  const size = Math.max((width ?? 0) * 100, MIN_WIDTH);
  return (
    <span class="rtw-waterfall-place">
      <span
        class="rtw-waterfall-bar"
        style={{ insetInlineStart: `${left}%`, inlineSize: `${size}%` }}
      />
    </span>
  );
}

function nameOf({ kind, title, agent, text, role }: TimelineNode): string {
  if (kind === "message") return `${title || role || agent}: ${firstLine(text)}`;
  if (kind === "reasoning") return title || `thought: ${firstLine(text)}`;
  if (kind === "run") return title || agent;
  return title || kind;
}

/** The first line of Markdown, without the marks that are most frequent. */
function firstLine(text: string): string {
  const line = text.trimStart().slice(0, MAX_TEXT).split("\n", 1)[0] ?? "";
  return shownText(line.replaceAll(/\*\*|`|^#+ /g, ""));
}
