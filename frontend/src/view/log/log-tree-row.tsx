// A row of a tree of JSON: a key and its value.

import type { JSX } from "preact";
import { childCount, type JsonRow } from "../../model/json-tree.js";
import { formatCount, formatNumber } from "../../ui/format.js";
import { shownText } from "../../ui/text.js";

/** Most characters drawn of a value or a key. */
const MAX_DRAWN = 2_000;

interface TreeRowProps {
  row: JsonRow;
  onMore: () => void;
}

export function TreeRow({ row: { node, more }, onMore }: TreeRowProps): JSX.Element {
  const { key, value, isOpen } = node;
  if (more > 0) {
    return (
      <button type="button" class="rtw-tree-more" tabIndex={-1} onClick={onMore}>
        … {formatNumber(more)} more
      </button>
    );
  }
  return (
    <>
      <span class="rtw-tree-key">{drawn(key)}: </span>
      <span class={`rtw-tree-${typeOf(value)}`}>{valueWords(value, isOpen)}</span>
    </>
  );
}

/** Pixels are too few to show more levels of a nested value, and of groups. */
export function treeDepth({ node, more }: JsonRow): number {
  return Math.min(node.depth + (more > 0 ? 1 : 0), 12);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "nested" : typeof value;
}

function valueWords(value: unknown, isOpen: boolean): string {
  if (typeof value !== "object" || value === null) return drawn(JSON.stringify(value));
  const count = childCount(value);
  if (Array.isArray(value)) {
    if (count === 0) return "[]";
    return isOpen ? `[${formatCount(count, "item")}]` : `[…] ${formatCount(count, "item")}`;
  }
  if (count === 0) return "{}";
  return isOpen ? `{${formatCount(count, "key")}}` : `{…} ${formatCount(count, "key")}`;
}

function drawn(text: string): string {
  const left = text.length - MAX_DRAWN;
  const words = left > 0 ? ` … ${formatNumber(left)} more characters` : "";
  return shownText(text.slice(0, MAX_DRAWN)) + words;
}
