// What the agents do: untrusted text, which is drawn as text only.

import { Component, type JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { History } from "../feeds/feed.js";
import { formatClock } from "../model/remarks.js";
import type { Run } from "../model/run.js";
import type { TimelineNode } from "../model/timeline/node.js";
import { useFollowing } from "../ui/following.js";
import { formatCount, formatNumber } from "../ui/format.js";
import { usePrinting } from "../ui/hooks.js";
import { JumpButton } from "../ui/jump.js";
import { Name } from "../ui/text.js";
import { WheelHint } from "../ui/wheel.js";
import { EntryBody, hasBody, Pause, Printing, roleClass, roleOf } from "./entry.js";
import { useLoading } from "./use-loading.js";

/** Nodes drawn at first, and added by each click on the button for earlier ones. */
const PAGE = 200;

/** Nodes below which earlier messages are loaded without a click, and most pages of that. */
const FEW_NODES = 20;
const MOST_PAGES_UNASKED = 3;

interface TranscriptProps {
  run: Run;
  /** Loads messages that the run does not have. */
  history: History | null;
  isLive: boolean;
}

export function Transcript({ run, history, isLive }: TranscriptProps): JSX.Element {
  const { ref, isFollowing, onScroll, jump, pause, wantsClick } = useFollowing<HTMLDivElement>();
  const [shown, setShown] = useState(PAGE);
  const { nodes, trimmed, attemptStart } = run.timeline;
  const isPrinting = usePrinting();
  const first = isPrinting ? 0 : Math.max(nodes.length - shown, 0);
  const shownNodes = nodes.slice(first).filter(hasBody);
  const earlier = useEarlier(run, history);
  return (
    <section class="rtw-transcript" aria-label="Agent messages">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div class="rtw-entries" ref={ref} onScroll={onScroll} tabIndex={0}>
        {first > 0 && (
          <button type="button" class="rtw-button" onClick={() => setShown(shown + PAGE)}>
            Show {formatNumber(Math.min(first, PAGE))} earlier
          </button>
        )}
        {first === 0 && trimmed > 0 && (
          <p class="rtw-aside">{formatCount(trimmed, "earlier message")} not kept in this view</p>
        )}
        {first === 0 && <Earlier {...earlier} />}
        <Pause.Provider value={pause}>
          <Printing.Provider value={isPrinting}>
            {shownNodes.map((node, index) => (
              <Row
                key={node.n}
                node={node}
                version={node.version}
                isLive={isLive && node.n >= attemptStart}
                isContinuation={haveSameHeading(shownNodes[index - 1], node)}
              />
            ))}
          </Printing.Provider>
        </Pause.Provider>
      </div>
      <WheelHint isShown={wantsClick} />
      {!isFollowing && <JumpButton onClick={jump}>Jump to latest</JumpButton>}
    </section>
  );
}

interface EarlierProps {
  /** Load earlier messages; null where there are none, or they cannot be loaded. */
  load: (() => void) | null;
  isLoading: boolean;
  failure: string | null;
}

function Earlier({ load, isLoading, failure }: EarlierProps): JSX.Element | null {
  if (load === null) return null;
  return (
    <p class="rtw-aside">
      {failure !== null && <span>{failure} </span>}
      {isLoading ? (
        <span>Loading earlier messages…</span>
      ) : (
        <button type="button" class="rtw-button" onClick={load}>
          Load earlier messages
        </button>
      )}
    </p>
  );
}

/** Loads earlier messages at a click, and the first pages without one where there are few. */
function useEarlier(run: Run, history: History | null): EarlierProps {
  const [requested, setRequested] = useState<number | null>(null);
  const pages = useRef(0);
  const older = history === null ? null : run.olderThanTimeline;
  const hasFew = run.timeline.nodes.length < FEW_NODES && pages.current < MOST_PAGES_UNASKED;
  const wanted = older !== null && (older === requested || hasFew) ? older : null;
  const failure = history?.failure ?? null;
  useEffect(() => {
    if (wanted !== null) pages.current += 1;
  }, [wanted]);
  useLoading(history, wanted);
  const load = () => {
    setRequested(older);
    history?.retry();
  };
  return {
    load: older === null ? null : load,
    isLoading: wanted !== null && failure === null,
    failure: wanted === null ? null : failure,
  };
}

interface RowProps {
  node: TimelineNode;
  /** The node changes in place; a new version means that it has to be drawn again. */
  version: number;
  /** Whether its attempt is in progress, so that open entries may grow. */
  isLive: boolean;
  /** Whether the previous row has the same heading. */
  isContinuation: boolean;
}

class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { node, version, isLive, isContinuation } = this.props;
    return (
      next.node !== node ||
      next.version !== version ||
      next.isLive !== isLive ||
      next.isContinuation !== isContinuation
    );
  }

  render({ node, isLive, isContinuation }: RowProps): JSX.Element {
    const role = roleOf(node);
    return (
      <article class={`rtw-entry rtw-entry-${node.kind}`}>
        {!isContinuation && node.kind !== "divider" && (
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
        )}
        <EntryBody node={node} isLive={isLive} />
      </article>
    );
  }
}

/** Whether two rows share a heading. */
function haveSameHeading(before: TimelineNode | undefined, node: TimelineNode): boolean {
  return before?.agent === node.agent && roleOf(before) === roleOf(node);
}
