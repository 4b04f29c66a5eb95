// The button that unfolds the sharing of a run.

import type { JSX } from "preact";
import type { RunSharing } from "../../feeds/sharing.js";

interface ShareButtonProps {
  sharing: RunSharing;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}

export function ShareButton({ sharing, isOpen, onToggle }: ShareButtonProps): JSX.Element {
  const count = sharing.access?.requests.length ?? 0;
  return (
    <button
      type="button"
      class="rtw-button"
      title={count > 0 ? "Users request access to this run" : "Share this run"}
      aria-expanded={isOpen}
      onClick={() => onToggle(!isOpen)}
    >
      Share{count > 0 && ` (${count})`}
    </button>
  );
}
