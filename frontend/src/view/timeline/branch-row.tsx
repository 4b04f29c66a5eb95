// The row of what has parts: a step, a sub-agent, a run within another run, a folded group.

import type { JSX } from "preact";
import type { TimelineNode } from "../../model/timeline/node.js";
import { firstTokenWords, formatCount, formatTook } from "../../ui/format.js";
import { LongText, Name } from "../../ui/text.js";
import type { NodeState } from "../node-state.js";
import { Failure } from "./cut.js";
import type { Group } from "./groups.js";
import { RowLine } from "./row-line.js";
import { Square } from "./square.js";
import { Toggle } from "./toggle.js";
import { Took } from "./took.js";
import type { Branch } from "./tree.js";

interface BranchRowProps {
  branch: Branch;
  state: NodeState;
  isLive: boolean;
  isOpen: boolean;
  silentSince: number | null;
}

export function BranchRow(props: BranchRowProps): JSX.Element {
  const { branch, state, isLive, isOpen, silentSince } = props;
  const { node, parts, tokens } = branch;
  const isSubagent = node.kind === "subagent";
  const line = (
    <RowLine
      state={state}
      aside={asideOf(branch)}
      tokens={tokens}
      took={<Took node={node} isLive={isLive} />}
      silentSince={silentSince}
    >
      {isSubagent && <Square name={node.title || node.agent} isUser={false} />}
      <span class={isSubagent ? "rtw-branch rtw-agent-name" : "rtw-branch"}>
        <Name text={titleOf(node)} />
      </span>
    </RowLine>
  );
  return (
    <>
      {parts.length > 0 ? <Toggle isOpen={isOpen}>{line}</Toggle> : line}
      {node.error && (
        <Failure>
          <LongText text={node.error} />
        </Failure>
      )}
    </>
  );
}

export function GroupRow({ group, isOpen }: { group: Group; isOpen: boolean }): JSX.Element {
  const { failed, duration, calls } = group;
  return (
    <Toggle isOpen={isOpen}>
      <span class="rtw-row-line">
        <span>
          {formatCount(calls.length, "tool call")}
          {failed > 0 && (
            <>
              {" · "}
              <span class="rtw-failed">{failed} failed</span>
            </>
          )}
          {duration !== null && ` · ${formatTook(duration)}`}
        </span>
        {!isOpen && (
          <span class="rtw-row-aside rtw-tool-args">
            <Name text={namesOf(group)} />
          </span>
        )}
      </span>
    </Toggle>
  );
}

/** "sql × 3, read". */
function namesOf({ calls }: Group): string {
  const counts = new Map<string, number>();
  for (const { node } of calls) counts.set(node.title, (counts.get(node.title) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => (count > 1 ? `${name || "tool"} × ${count}` : name || "tool"))
    .join(", ");
}

export function titleOf({ kind, title, agent }: TimelineNode): string {
  if (kind === "run") return `run of ${agent}`;
  return title || (kind === "subagent" ? "sub-agent" : "step");
}

/** What it is and what its parts amount to: "sub-agent · trains models · 3 tool calls · 1 failed". */
function asideOf({ node, calls, failed }: Branch): string {
  const words = node.kind === "subagent" ? ["sub-agent", node.text] : [];
  if (calls > 0) words.push(formatCount(calls, "tool call"));
  if (failed > 0) words.push(`${failed} failed`);
  if (node.ttftMs !== null) words.push(firstTokenWords(node.ttftMs));
  return words.filter((each) => each !== "").join(" · ");
}
