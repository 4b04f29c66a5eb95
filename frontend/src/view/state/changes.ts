// What the newest change of a JSON value changed.

import { isObject } from "../../protocol/messages.js";

/** Deepest level that is compared. */
const MAX_DEPTH = 64;

/** The names and values in a list or an object; null where the value is neither. */
export function entriesOf(value: unknown): [string, unknown][] | null {
  if (Array.isArray(value)) return value.map((each, index) => [String(index), each]);
  return isObject(value) ? Object.entries(value) : null;
}

/** The value of a name before the change; undefined where there was none. */
export function partBefore(before: unknown, name: string): unknown {
  if (Array.isArray(before)) return before[Number(name)];
  return isObject(before) && Object.hasOwn(before, name) ? before[name] : undefined;
}

/** Whether two values differ. What both share is not looked into. */
export function isChanged(before: unknown, value: unknown, depth = 0): boolean {
  if (before === value) return false;
  const entries = entriesOf(value);
  const old = entriesOf(before);
  if (entries === null || old === null || depth === MAX_DEPTH) return true;
  if (entries.length !== old.length || Array.isArray(before) !== Array.isArray(value)) return true;
  return entries.some(([name, part]) => isChanged(partBefore(before, name), part, depth + 1));
}
