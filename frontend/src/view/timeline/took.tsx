// How long something took or has been taking, and that nothing has come of it for long.

import type { JSX } from "preact";
import { useContext } from "preact/hooks";
import { durationOf, type TimelineNode } from "../../model/timeline/node.js";
import { formatDuration, formatMinutes, formatTook } from "../../ui/format.js";
import { useTicking } from "../../ui/hooks.js";
import { Clock } from "./clock.js";

interface TookProps {
  node: TimelineNode;
  /** Whether it may still change. */
  isLive: boolean;
}

/** The duration of a node, which ticks while it is open; nothing unless its times are known. */
export function Took({ node, isLive }: TookProps): JSX.Element | null {
  const isTicking = node.isOpen && isLive;
  const from = (node.kind === "tool" ? node.argsEndedAt : null) ?? node.startedAt;
  if (isTicking) return from === null ? null : <Ticking from={from} />;
  const duration = durationOf(node);
  return duration === null ? null : <span class="rtw-took">{formatTook(duration)}</span>;
}

export function Ticking({ from }: { from: number }): JSX.Element {
  const now = useContext(Clock);
  useTicking(true, 1_000);
  return <span class="rtw-took">{formatDuration(now() - from)}</span>;
}

/** That no event has come since a time, which is long ago. */
export function Silence({ since }: { since: number }): JSX.Element {
  const now = useContext(Clock);
  useTicking(true, 10_000);
  return <span class="rtw-silence">no word for {formatMinutes(now() - since)}</span>;
}
