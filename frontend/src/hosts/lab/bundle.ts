// What a cell's output says of the run that it shows. A stranger may have written it.

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";

export const MIME = "application/vnd.realtime-widgets.sprint.v1+json";

/** A run to be shown, as it was asked for; `mount` checks whether it can be. */
export interface RunRequest {
  sprintId: string;
  maxHeight: string;
  /** Whether this user ran the cell, here or when the notebook was saved. */
  isTrusted: boolean;
}

export function readBundle({ data, trusted }: IRenderMime.IMimeModel): RunRequest {
  const fields: unknown = data[MIME];
  return {
    sprintId: text(fields, "sprint_id"),
    maxHeight: text(fields, "height"),
    isTrusted: trusted,
  };
}

/** The saved snapshot in one MIME type; "" where the bundle has none, or an empty one. */
export function readSnapshot(
  { data }: IRenderMime.IMimeModel,
  type: "text/html" | "text/plain",
): string {
  const content = data[type];
  return typeof content === "string" && field(data[MIME], "snapshot") !== false ? content : "";
}

export function isSame(a: RunRequest, b: RunRequest): boolean {
  return a.sprintId === b.sprintId && a.maxHeight === b.maxHeight && a.isTrusted === b.isTrusted;
}

function text(fields: unknown, name: string): string {
  const value = field(fields, name);
  return typeof value === "string" ? value : "";
}

function field(fields: unknown, name: string): unknown {
  if (typeof fields !== "object" || fields === null) return undefined;
  return Object.getOwnPropertyDescriptor(fields, name)?.value;
}
