// What became of something that the user has sent, below the control by which it was sent.

import type { JSX } from "preact";
import type { SendingState } from "./use-sending.js";

export function SendingNote({ state }: { state: SendingState }): JSX.Element {
  const { sending, confirm, discard } = state;
  return (
    <span role="status" class="rtw-sending">
      {sending.phase === "waiting" && "The server cannot be reached. It is sent when it can."}
      {sending.phase === "refused" && sending.why}
      {sending.phase === "stale" && (
        <>
          Not sent for 30 s, and the run may have changed.
          <button type="button" class="rtw-button" onClick={confirm}>
            Send now
          </button>
          <button type="button" class="rtw-button" onClick={discard}>
            Discard
          </button>
        </>
      )}
    </span>
  );
}
