// Which rows of a tree of JSON differ from the value before.

import type { JsonRow } from "../../model/json-tree.js";

/** Deepest level that is compared; what is below counts as changed. */
const MAX_DEPTH = 64;

/** A value is new, or another one; null where it is the same, or only its parts have changed. */
export type Change = "new" | "changed" | null;

/** The changes of rows, from top to bottom, against the value before; undefined where none was. */
export function changesOf(rows: readonly JsonRow[], before: unknown): Change[] {
  /** The values before on the way to a row, by depth. */
  const path = [before];
  return rows.map(({ node: { key, value, depth, isOpen }, more }) => {
    if (more > 0) return null;
    const old = partOf(path[depth - 1], key);
    path[depth] = old;
    if (old === undefined) return "new";
    // An open value is marked at its parts.
    if (isOpen && isNested(old) && isNested(value)) return null;
    return isSame(old, value, 0) ? null : "changed";
  });
}

function partOf(whole: unknown, key: string): unknown {
  if (!isNested(whole) || !Object.hasOwn(whole, key)) return undefined;
  return (whole as Record<string, unknown>)[key];
}

/** Whether two values of JSON are equal. Parts that both share are not looked into. */
function isSame(one: unknown, other: unknown, depth: number): boolean {
  if (one === other) return true;
  if (!isNested(one) || !isNested(other) || depth > MAX_DEPTH) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => {
    return Object.hasOwn(other, key) && isSame(partOf(one, key), partOf(other, key), depth + 1);
  });
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
