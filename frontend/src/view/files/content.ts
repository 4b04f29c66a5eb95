// What of an output is shown and downloaded: its blob or, while that is not loaded, the first of the
// media types of its event that views know.

import type { RunOutput } from "../../model/outputs/run-outputs.js";
import { IMAGES } from "./titles.js";

const JSON_TYPE = "application/json";

/** In the order in which they are preferred. */
const TYPES = [
  ...[...IMAGES, "image/svg+xml"],
  ...["text/html", "text/markdown", JSON_TYPE, "text/plain"],
];

export interface Content {
  type: string;
  /** A text, or a JSON value; an image is in base64. */
  value: unknown;
  /** The value as an address, for images and downloads. */
  url: string;
}

/** Null where nothing is loaded that views know. */
export function contentOf({ data, blob }: RunOutput, blobUrl: string | null): Content | null {
  if (blob && blobUrl !== null) {
    return { type: blob.type, value: valueOfUrl(blob.type, blobUrl), url: blobUrl };
  }
  const type = TYPES.find((each) => data?.[each] !== undefined);
  if (type === undefined) return null;
  const value = data?.[type];
  const text = textOf(value);
  const url = IMAGES.includes(type)
    ? `base64,${text}`
    : `charset=utf-8,${encodeURIComponent(text)}`;
  return { type, value, url: `data:${type};${url}` };
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

export function isImage(type: string): boolean {
  return type.startsWith("image");
}

/** The value of a blob: of an image nothing, as the address is enough. */
function valueOfUrl(type: string, url: string): unknown {
  if (isImage(type)) return "";
  const text = textOfUrl(url);
  if (type !== JSON_TYPE) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // a server checks the size of a blob, and not what it holds
  }
}

function textOfUrl(url: string): string {
  const bytes = Uint8Array.from(atob(url.slice(url.indexOf(",") + 1)), (each) =>
    each.charCodeAt(0),
  );
  return new TextDecoder().decode(bytes);
}
