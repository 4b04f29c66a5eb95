// The icon of the browser's tab: a disc in the colour of the status.

import type { Status } from "../../protocol/messages.js";

/** Those of the light theme (ui/theme.css): an icon has no other style than its own. */
const COLORS: Record<Status, string> = {
  pending: "#59636e",
  running: "#1976d2",
  needs_input: "#d9730d",
  succeeded: "#388e3c",
  failed: "#d32f2f",
  cancelled: "#59636e",
  lost: "#d9730d",
};

/** What a hidden page has news of: a red dot at the corner. */
const BADGE = '<circle cx="12.5" cy="3.5" r="3.5" fill="#d32f2f" stroke="#fff"/>';

/** Three lines for the list; a disc for a run, a ring for a lost one; with a badge or without. */
export function iconOf(status: Status | null, hasBadge: boolean): string {
  const shape =
    status === null
      ? '<path d="M3 4.5h10M3 8h10M3 11.5h10" stroke="#1976d2" stroke-width="2" stroke-linecap="round"/>'
      : `<circle cx="8" cy="8" r="5" stroke="${COLORS[status]}" stroke-width="3" fill="${status === "lost" ? "none" : COLORS[status]}"/>`;
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${shape}${hasBadge ? BADGE : ""}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(picture)}`;
}
