// The button that unfolds the sharing of a run.

import type { JSX } from "preact";
import type { RunSharing } from "../../feeds/sharing.js";

interface ShareButtonProps {
  /** Undefined where the server shares no runs. */
  sharing: RunSharing | undefined;
  unfolded: string | null;
  onUnfold: (unfolded: "share" | null) => void;
}

export function ShareButton(props: ShareButtonProps): JSX.Element | null {
  const { sharing, unfolded, onUnfold } = props;
  if (!sharing) return null;
  const isOpen = unfolded === "share";
  const count = sharing.access?.requests.length ?? 0;
  return (
    <button
      type="button"
      class="rtw-button"
      title={count > 0 ? "Users request access to this run" : "Share this run"}
      aria-expanded={isOpen}
      onClick={() => onUnfold(isOpen ? null : "share")}
    >
      Share{count > 0 && ` (${count})`}
    </button>
  );
}
