// Arguments and results of tools in words: JSON in one line, and pretty-printed.

import type { Part } from "../../model/timeline/node.js";
import { showJson } from "../../protocol/messages.js";

/** Most characters that are parsed. */
const MAX_JSON = 200_000;

/** Most characters of one line, which no screen exceeds. */
const MAX_LINE = 400;

/** Characters shown of arguments that are still being written. */
const MAX_GROWING = 200;

/** Most characters of one value in a line. */
const MAX_VALUE = 200;

/** Arguments in one line: `id=8812, fields=["name", "email"]`; incomplete ones as they are. */
export function argsLine(args: string, isGrowing: boolean): string {
  if (isGrowing) return args.slice(0, MAX_GROWING);
  const value = parse(args);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return args.slice(0, MAX_LINE);
  }
  const words = Object.entries(value).map(([name, each]) => `${name}=${valueWords(each)}`);
  return words.join(", ").slice(0, MAX_LINE);
}

/** JSON with line breaks; other text as it is. */
export function pretty(text: string): string {
  const value = parse(text);
  return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : text;
}

/** The text of a result; parts that are no text are shown as JSON. */
export function resultText(result: string | readonly Part[]): string {
  if (typeof result === "string") return result;
  const isText = (part: Part) => part.type === "text" && typeof part["text"] === "string";
  return result.map((part) => (isText(part) ? part["text"] : showJson(part))).join("\n");
}

function parse(text: string): unknown {
  if (text.length > MAX_JSON || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function valueWords(value: unknown): string {
  const words = typeof value === "string" ? value : showJson(value);
  const line = words.slice(0, MAX_VALUE).replaceAll(/\s+/g, " ");
  return words.length > MAX_VALUE ? `${line}…` : line;
}
