// What files are called, and which of their media types are images in base64.

import type { OutputState } from "../../protocol/messages.gen.js";

export const IMAGES = ["png", "jpeg", "webp", "gif"].map((each) => `image/${each}`);

export function titleOf({
  name,
  caption,
  seq,
}: Pick<OutputState, "name" | "caption" | "seq">): string {
  return name ?? caption ?? `Output ${seq}`;
}

/** The name of a file with an output. */
export function fileName(sprintId: string, title: string, type: string): string {
  const ending = type === "text/plain" ? "txt" : type.split(/[/+]/)[1];
  return `${sprintId}-${title.replace(/[^\w.-]+/g, "-")}.${ending}`;
}
