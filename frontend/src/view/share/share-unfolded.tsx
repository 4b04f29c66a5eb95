// The sharing of a run below the header, whose code is loaded when it is unfolded.

import type { JSX } from "preact";
import type { RunSharing } from "../../feeds/sharing.js";
import { useCode } from "../use-code.js";

export function ShareUnfolded({ sharing }: { sharing: RunSharing }): JSX.Element {
  const { code, failure } = useCode("share");
  if (code) return <code.Share sharing={sharing} />;
  return <p class="rtw-limits">{failure ?? "Loading…"}</p>;
}
