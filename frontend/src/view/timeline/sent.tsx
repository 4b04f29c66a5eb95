// A message of a user to the program of the run.

import type { JSX } from "preact";
import type { TimelineNode } from "../../model/timeline/node.js";
import { LongText } from "../../ui/text.js";
import type { NodeState } from "../node-state.js";

export function Sent({ node, state }: { node: TimelineNode; state: NodeState }): JSX.Element {
  const words = sentWords(state);
  return (
    <>
      <div class="rtw-text rtw-role-user">
        <LongText text={node.text} />
      </div>
      {words !== "" && <p class="rtw-aside">{words}</p>}
    </>
  );
}

/** What became of the message; "" where the program has taken it. */
export function sentWords(state: NodeState): string {
  if (state === "open") return "Waits until the program takes it";
  return state === "unfinished" ? "Not taken: the attempt has ended" : "";
}
