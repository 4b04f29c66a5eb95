// What the agents do, row by row: untrusted text, which is drawn as text only.

import type { JSX, RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { History } from "../../feeds/feed.js";
import type { EventRange } from "../../model/attempts.js";
import type { Run } from "../../model/run.js";
import type { TimelineNode } from "../../model/timeline/node.js";
import { useFollowing } from "../../ui/following.js";
import { formatCount, formatNumber } from "../../ui/format.js";
import { usePrinting, useTicking } from "../../ui/hooks.js";
import { JumpButton } from "../../ui/jump.js";
import { WheelHint } from "../../ui/wheel.js";
import { Clock } from "./clock.js";
import { Earlier, useEarlier } from "./earlier.js";
import { useKeys } from "./keys.js";
import { RowView } from "./row.js";
import { useRows } from "./use-rows.js";
import { useViewport } from "./use-viewport.js";
import type { Drawn } from "./viewport.js";

/** Milliseconds between two looks at what has been silent for long. */
const LOOK_EVERY = 10_000;

export interface TimelineProps {
  run: Run;
  /** The nodes that are shown. */
  nodes: readonly TimelineNode[];
  /** The events that are shown; null for all. */
  range: EventRange | null;
  /** Loads events that the run does not have; null where they cannot be loaded. */
  history: History | null;
  /** Whether the newest attempt is in progress and connected. */
  isLive: boolean;
  /** Milliseconds by which the server's clock is ahead of this machine's. */
  clockOffset: number;
  /** Whether only messages are shown, and what the agents thought; default false. */
  isChat?: boolean;
}

export function Timeline(props: TimelineProps): JSX.Element {
  const { run, nodes, range, history, isLive, clockOffset, isChat = false } = props;
  const { ref, isFollowing, onScroll, jump, pause, wantsClick } = useFollowing<HTMLDivElement>();
  const clock = useMemo(() => () => Date.now() + clockOffset, [clockOffset]);
  const isPrinting = usePrinting();
  useTicking(isLive, LOOK_EVERY);
  const shown = { run, nodes, range, isLive, isChat };
  const rows = useRows({ ...shown, now: clock(), isUnfolded: isPrinting, pause });
  const viewport = useViewport(ref, rows.rows, isFollowing, isPrinting);
  const { list, drawn, reveal } = viewport;
  useKeys({ scroller: ref, list, drawn, count: rows.rows.length, reveal, pause });
  const fresh = useFresh(nodes, isFollowing);
  return (
    <section class="rtw-timeline" aria-label={isChat ? "Messages" : "Timeline"}>
      <div
        class="rtw-timeline-rows"
        ref={ref}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={() => {
          onScroll();
          viewport.onScroll();
        }}
      >
        <Beginning {...{ run, range, history }} />
        <Clock.Provider value={clock}>
          <Feed list={list} drawn={drawn} {...rows} />
        </Clock.Provider>
      </div>
      <WheelHint isShown={wantsClick} />
      {!isFollowing && drawn.overflows && (
        <JumpButton onClick={jump}>
          {fresh > 0 ? `Show ${formatNumber(fresh)} new` : "Jump to latest"}
        </JumpButton>
      )}
    </section>
  );
}

interface FeedProps extends ReturnType<typeof useRows> {
  list: RefObject<HTMLDivElement | null>;
  drawn: Drawn;
}

function Feed({ list, drawn, rows, propsOf }: FeedProps): JSX.Element {
  return (
    <div
      ref={list}
      class="rtw-feed"
      role="feed"
      aria-label="What the agents do"
      style={{ paddingBlock: `${drawn.before}px ${drawn.after}px` }}
    >
      {rows.slice(drawn.from, drawn.to).map((row, index) => (
        <RowView key={row.key} row={row} position={drawn.from + index + 1} {...propsOf(row)} />
      ))}
    </div>
  );
}

/** What stands above the first row: what came before it. */
function Beginning(props: Pick<TimelineProps, "run" | "range" | "history">): JSX.Element {
  const { run, range, history } = props;
  const hasMore = (run.olderThanTimeline ?? 0) >= (range?.first ?? 0);
  const earlier = useEarlier(run, hasMore ? history : null);
  const { trimmed } = run.timeline;
  return (
    <div>
      {trimmed > 0 && (
        <p class="rtw-aside">{formatCount(trimmed, "earlier row")} not kept in this view</p>
      )}
      <Earlier {...earlier} />
    </div>
  );
}

/** Number of nodes since following stopped. */
function useFresh(nodes: readonly TimelineNode[], isFollowing: boolean): number {
  const newest = nodes.at(-1)?.n ?? 0;
  const stoppedAt = useRef(newest);
  useLayoutEffect(() => {
    if (isFollowing) stoppedAt.current = newest;
  });
  return newest - stoppedAt.current;
}
