// The progress of the whole run: a line along the lower edge of the header.

import type { JSX } from "preact";
import type { Run } from "../../model/run.js";

interface OverallProps {
  run: Run;
  /** The share of its steps that is done, 0 to 1; null where that is not known. */
  share: number | null;
  /** Whether the view is out of date. */
  isFrozen: boolean;
}

/** The bars of the steps have the words for it, so it has none. */
export function Overall({ run, share, isFrozen }: OverallProps): JSX.Element | null {
  if (share === null || run.status === "succeeded") return null;
  const isStopped = run.isFinished || isFrozen;
  return (
    <span class={isStopped ? "rtw-overall rtw-overall-stopped" : "rtw-overall"} aria-hidden>
      <span style={{ inlineSize: `${share * 100}%` }} />
    </span>
  );
}
