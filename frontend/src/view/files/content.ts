// What of an output is shown and downloaded: the first of its media types that views know.

import type { RunOutput } from "../../model/outputs/run-outputs.js";

/** In the order in which they are preferred. */
const TYPES = [
  ...["png", "jpeg", "webp", "gif", "svg+xml"].map((each) => `image/${each}`),
  ...["text/html", "text/markdown", "application/json", "text/plain"],
];

export interface Content {
  type: string;
  /** A text, or a JSON value; an image is in base64. */
  value: unknown;
  /** The value as an address, for images and downloads. */
  url: string;
}

/** Null where nothing is loaded that views know. */
export function contentOf({ data }: RunOutput): Content | null {
  const type = TYPES.find((each) => data?.[each] !== undefined);
  if (type === undefined) return null;
  const value = data?.[type];
  const isBase64 = isImage(type) && type !== "image/svg+xml";
  const text = textOf(value);
  const url = isBase64 ? `base64,${text}` : `charset=utf-8,${encodeURIComponent(text)}`;
  return { type, value, url: `data:${type};${url}` };
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

export function isImage(type: string): boolean {
  return type.startsWith("image");
}

/** What an output is called. */
export function titleOf({ name, caption, seq }: RunOutput): string {
  return name ?? caption ?? `Output ${seq}`;
}

/** The name of a file with an output. */
export function fileName(sprintId: string, title: string, type: string): string {
  const ending = type === "text/plain" ? "txt" : type.split(/[/+]/)[1];
  return `${sprintId}-${title.replace(/[^\w.-]+/g, "-")}.${ending}`;
}
