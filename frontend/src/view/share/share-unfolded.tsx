// The sharing of a run below the header, whose code is loaded when it is unfolded.

import type { JSX } from "preact";
import type { RunSharing } from "../../feeds/sharing.js";
import { useCode } from "../on-demand/use-code.js";

export function ShareUnfolded({ sharing }: { sharing: RunSharing }): JSX.Element {
  const { code, failure, retry } = useCode("share");
  if (code) return <code.Share sharing={sharing} />;
  if (failure === null) return <p class="rtw-limits">Loading…</p>;
  return (
    <p class="rtw-limits" role="alert">
      What shares a run cannot be loaded ({failure}).{" "}
      <button type="button" class="rtw-button" onClick={retry}>
        Try again
      </button>
    </p>
  );
}
