// Finds the run of the notebook that the user works in.

import type { Widget } from "@lumino/widgets";
import type { RunState } from "../../protocol/messages.gen.js";
import { partsOf } from "../../runs/list.js";
import { sortRuns } from "../../runs/order.js";
import type { Runs } from "../../runs/source.js";

/** A document of JupyterLab; the packages with its class are not loaded for its path alone. */
interface Document {
  context?: { path?: unknown };
}

/** The path of the notebook in a widget, below the server's root; null for another widget. */
export function notebookIn(widget: (Widget & Document) | null): string | null {
  const path = widget?.context?.path;
  if (typeof path !== "string") return null;
  // A drive, such as that of documents that several people edit.
  const local = path.replace(/^[^/:]*:/, "");
  return partsOf(local) === null ? null : local;
}

/** The run that was published from a notebook: one that is active, or else the newest. */
export function runOf(
  notebook: string,
  { runs, now }: Pick<Runs, "runs" | "now">,
): RunState | null {
  const own = runs.filter((run) => run.notebook === notebook);
  return sortRuns(own, "newest", now)[0] ?? null;
}
