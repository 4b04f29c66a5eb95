// A row of changes of the shared state, which unfolds to the state as a tree.

import type { JSX } from "preact";
import type { TimelineNode } from "../../model/timeline/node.js";
import type { StateChange } from "../../model/timeline/state-changes.js";
import { LongText } from "../../ui/text.js";
import { StateTree } from "../state/state-tree.js";
import { Failure } from "./cut.js";
import { Fold } from "./fold.js";
import { stateWords } from "./labels.js";

interface StateProps {
  node: TimelineNode;
  /** What it changed last; undefined where it is not kept any more. */
  change: StateChange | undefined;
}

export function State({ node: { count, error }, change }: StateProps): JSX.Element {
  return (
    <>
      <Fold part="body" summary={<span class="rtw-other">{stateWords(count)}</span>}>
        {change === undefined ? (
          <p class="rtw-aside">this state is not kept in this view</p>
        ) : (
          <StateTree value={change.after} before={change.before} />
        )}
      </Fold>
      {error !== null && (
        <Failure>
          <LongText text={`The newest change could not be applied: ${error}`} />
        </Failure>
      )}
    </>
  );
}
