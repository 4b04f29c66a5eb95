// The messages of the timeline alone: of users and agents, with what the agents thought folded.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatClock } from "../model/remarks.js";
import type { NodeKind, TimelineNode } from "../model/timeline/node.js";
import type { Timeline } from "../model/timeline.js";
import { useFollowing } from "../ui/following.js";
import { formatNumber } from "../ui/format.js";
import { JumpButton } from "../ui/jump.js";
import { Name } from "../ui/text.js";
import { WheelHint } from "../ui/wheel.js";
import { EntryBody, hasBody, Pause, roleClass, roleOf } from "./entry.js";

/** Messages drawn at first, and added by each click on the button for earlier ones. */
const PAGE = 200;

const KINDS = new Set<NodeKind>(["message", "reasoning", "divider"]);

export function Chat({ timeline, isLive }: { timeline: Timeline; isLive: boolean }): JSX.Element {
  const { ref, isFollowing, onScroll, jump, pause, wantsClick } = useFollowing<HTMLDivElement>();
  const [shown, setShown] = useState(PAGE);
  const nodes = timeline.nodes.filter((node) => KINDS.has(node.kind) && hasBody(node));
  const first = Math.max(nodes.length - shown, 0);
  return (
    <section class="rtw-transcript rtw-chat" aria-label="Messages">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div class="rtw-entries" ref={ref} onScroll={onScroll} tabIndex={0}>
        {first > 0 && (
          <button type="button" class="rtw-button" onClick={() => setShown(shown + PAGE)}>
            Show {formatNumber(Math.min(first, PAGE))} earlier
          </button>
        )}
        <Pause.Provider value={pause}>
          {nodes.slice(first).map((node) => (
            <article key={node.n} class={`rtw-entry rtw-entry-${node.kind}`}>
              <Author node={node} />
              <EntryBody node={node} isLive={isLive && node.n >= timeline.attemptStart} />
            </article>
          ))}
        </Pause.Provider>
      </div>
      <WheelHint isShown={wantsClick} />
      {!isFollowing && <JumpButton onClick={jump}>Jump to latest</JumpButton>}
    </section>
  );
}

function Author({ node }: { node: TimelineNode }): JSX.Element | null {
  if (node.kind !== "message") return null;
  const role = roleOf(node);
  return (
    <div class="rtw-agent">
      <span class="rtw-agent-name">
        <Name text={node.agent} />
      </span>
      {role && (
        <span class={`rtw-role ${roleClass(role)}`}>
          <Name text={role} />
        </span>
      )}
      {node.time !== null && <span class="rtw-time">{formatClock(node.time)}</span>}
    </div>
  );
}
