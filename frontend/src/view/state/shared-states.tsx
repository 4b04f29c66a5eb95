// The newest state that each agent shares, as a tree in which the last change is marked.

import type { JSX } from "preact";
import type { SharedState } from "../../model/timeline/shared-state.js";
import { Name } from "../../ui/text.js";
import { StateTree } from "./state-tree.js";

export function SharedStates({
  states,
}: {
  states: ReadonlyMap<string, SharedState>;
}): JSX.Element {
  return (
    <section class="rtw-states" aria-label="State">
      {[...states].map(([agent, state]) => (
        <div key={agent} class="rtw-state">
          {states.size > 1 && (
            <h3 class="rtw-state-agent">
              <Name text={agent} />
            </h3>
          )}
          {state.error !== null && (
            <p class="rtw-state-error">The last change could not be applied: {state.error}</p>
          )}
          <StateTree value={state.value} before={state.before} />
        </div>
      ))}
    </section>
  );
}
