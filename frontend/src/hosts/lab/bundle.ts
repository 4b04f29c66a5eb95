// Parses the MIME bundle of an output. Its content is untrusted.

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Storage } from "../../feeds/comm-words.js";

export const MIME = "application/vnd.realtime-widgets.sprint.v1+json";

/** The run to show; `mount` validates the fields. */
export interface RunInOutput {
  sprintId: string;
  maxHeight: string;
  /** Whether the user has run the cell, or trusts the notebook. */
  isTrusted: boolean;
  /** The comm of the widget that shows the run in the same cell; null where there is none. */
  comm: CommOfWidget | null;
}

export interface CommOfWidget {
  id: string;
  storage: Storage;
}

export function readBundle({ data, trusted }: IRenderMime.IMimeModel): RunInOutput {
  const fields: unknown = data[MIME];
  return {
    sprintId: text(fields, "sprint_id"),
    maxHeight: text(fields, "height"),
    isTrusted: trusted,
    comm: readComm(fields),
  };
}

function readComm(fields: unknown): CommOfWidget | null {
  const id = text(fields, "comm_id");
  return id === "" ? null : { id, storage: field(fields, "is_on_server") ? "server" : "kernel" };
}

/** The saved snapshot in one MIME type; "" where there is none. */
export function readSnapshot(
  { data }: IRenderMime.IMimeModel,
  type: "text/html" | "text/plain",
): string {
  const content = data[type];
  return typeof content === "string" && field(data[MIME], "snapshot") !== false ? content : "";
}

export function isSame(a: RunInOutput, b: RunInOutput): boolean {
  return (
    a.sprintId === b.sprintId &&
    a.maxHeight === b.maxHeight &&
    a.isTrusted === b.isTrusted &&
    a.comm?.id === b.comm?.id
  );
}

function text(fields: unknown, name: string): string {
  const value = field(fields, name);
  return typeof value === "string" ? value : "";
}

function field(fields: unknown, name: string): unknown {
  if (typeof fields !== "object" || fields === null) return undefined;
  return Object.getOwnPropertyDescriptor(fields, name)?.value;
}
