// What the agents do while the code that draws it is being loaded, and where it cannot be: then as
// plain text.

import type { JSX } from "preact";
import type { TimelineNode } from "../../model/timeline/node.js";
import { LongText, Name } from "../../ui/text.js";
import { hasBody, STATE_WORDS, stateOf } from "../node-state.js";

/** Most nodes that are drawn, the newest ones. */
const MAX_NODES = 300;

interface UnloadedProps {
  nodes: readonly TimelineNode[];
  isLive: boolean;
  /** Why the code cannot be loaded; null while it is being loaded. */
  failure: string | null;
  retry: () => void;
}

export function Unloaded({ nodes, isLive, failure, retry }: UnloadedProps): JSX.Element {
  if (failure === null) return <p class="rtw-aside rtw-loading">Loading …</p>;
  const shown = nodes.filter(hasBody).slice(-MAX_NODES);
  return (
    <section class="rtw-timeline-rows" aria-label="What the agents do">
      <p>
        Shown as plain text, because the code that draws it cannot be loaded ({failure}).{" "}
        <button type="button" class="rtw-button" onClick={retry}>
          Try again
        </button>
      </p>
      {shown.map((node) => (
        <Plain key={node.n} node={node} isLive={isLive} />
      ))}
    </section>
  );
}

function Plain({ node, isLive }: { node: TimelineNode; isLive: boolean }): JSX.Element {
  const { kind, agent, title, role, text, args, result, error } = node;
  const heading = [agent, kind, title, role, STATE_WORDS[stateOf(node, isLive)]];
  const texts = [text, args, typeof result === "string" ? result : "", error ?? ""];
  return (
    <div class="rtw-plain-node">
      <strong>
        <Name text={heading.filter((part) => part !== "").join(" · ")} />
      </strong>
      {texts.map((each, index) => each !== "" && <LongText key={index} text={each} />)}
    </div>
  );
}
