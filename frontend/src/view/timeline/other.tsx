// Activities, events that are shown as they are, dividers and ends of runs.

import type { JSX } from "preact";
import { formatClock } from "../../model/remarks.js";
import type { TimelineNode } from "../../model/timeline/node.js";
import { showJson } from "../../protocol/messages.js";
import { Name } from "../../ui/text.js";
import { Block } from "./block.js";
import { Cut } from "./cut.js";
import { Fold } from "./fold.js";
import { argsLine, pretty, resultText } from "./json-words.js";

/** Words before the title, by kind. */
const KINDS: Partial<Record<TimelineNode["kind"], string>> = {
  activity: "activity",
  custom: "event",
  raw: "raw event",
};

export function Other({ node }: { node: TimelineNode }): JSX.Element {
  const text = node.kind === "activity" ? showJson(node.data) : node.text;
  const line = (
    <span class="rtw-other">
      {node.kind in KINDS && <span class="rtw-other-kind">{KINDS[node.kind]} </span>}
      <Name text={`${node.title} ${argsLine(text, false)}`} />
    </span>
  );
  if (text === "") return line;
  return (
    <Fold part="body" summary={line}>
      <Block part="text" label="" text={pretty(text)} />
      <Cut node={node} />
    </Fold>
  );
}

export function Divider({ node: { title, time } }: { node: TimelineNode }): JSX.Element {
  return (
    <div class="rtw-divider">
      {title}
      {time !== null && <span class="rtw-time">{formatClock(time)}</span>}
    </div>
  );
}

/** What a run of an agent ended with. */
export function RunEnd({ node: { outcome, result } }: { node: TimelineNode }): JSX.Element {
  if (result === null) return <p class="rtw-aside">The run was cancelled</p>;
  const text = resultText(result);
  return (
    <Fold part="body" summary={<Name text={`result ${argsLine(text, false)}`} />}>
      {outcome === "cancelled" && <p class="rtw-aside">The run was cancelled</p>}
      <Block part="text" label="" text={pretty(text)} />
    </Fold>
  );
}
