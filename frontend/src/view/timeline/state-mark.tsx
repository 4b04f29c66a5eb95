// The mark of a row: how its node stands, as an icon with the state in words.

import type { JSX } from "preact";
import {
  CheckIcon,
  CrossIcon,
  DotIcon,
  HalfIcon,
  SpinnerIcon,
  StopIcon,
  UnfinishedIcon,
} from "../../ui/icons.js";
import { type NodeState, STATE_WORDS } from "../node-state.js";

const ICONS: Record<NodeState, typeof CheckIcon> = {
  open: SpinnerIcon,
  running: HalfIcon,
  answered: DotIcon,
  done: CheckIcon,
  failed: CrossIcon,
  cancelled: StopIcon,
  suspended: HalfIcon,
  unanswered: UnfinishedIcon,
  unfinished: UnfinishedIcon,
};

export function StateMark({ state }: { state: NodeState }): JSX.Element {
  const Mark = ICONS[state];
  return (
    <span class={`rtw-standing rtw-standing-${state}`}>
      <Mark label={STATE_WORDS[state]} />
    </span>
  );
}

/** States that are words beside the mark: those in which something is missing. */
const IN_WORDS = new Set<NodeState>([
  "failed",
  "cancelled",
  "suspended",
  "unanswered",
  "unfinished",
]);

export function StateWords({ state }: { state: NodeState }): JSX.Element | null {
  if (!IN_WORDS.has(state)) return null;
  return <span class={`rtw-standing-words rtw-standing-${state}`}>{STATE_WORDS[state]}</span>;
}
