// An interrupt: what an agent waits for, which tool it is for, and since when.

import type { JSX } from "preact";
import type { TimelineNode } from "../../model/timeline/node.js";
import { LongText, Name } from "../../ui/text.js";
import type { NodeState } from "../node-state.js";
import { Block } from "./block.js";
import { Fold } from "./fold.js";
import { pretty } from "./json-words.js";
import { Ticking } from "./took.js";

interface InterruptProps {
  node: TimelineNode;
  /** The name of the tool that it is about; "" for none. */
  tool: string;
  state: NodeState;
}

export function Interrupt({ node, tool, state }: InterruptProps): JSX.Element {
  const isWaiting = state === "suspended";
  const since = node.startedAt ?? node.time;
  return (
    <div class={isWaiting ? "rtw-interrupt rtw-interrupt-open" : "rtw-interrupt"}>
      <div class="rtw-interrupt-head">
        <strong>{interruptWords(state)}</strong>
        {node.title !== "" && node.text !== "" && (
          <span class="rtw-row-aside">
            <Name text={node.title} />
          </span>
        )}
        {tool !== "" && (
          <span class="rtw-row-aside">
            tool <Name text={tool} />
          </span>
        )}
        {isWaiting && since !== null && (
          <span class="rtw-row-aside">
            waits <Ticking from={since} />
          </span>
        )}
      </div>
      <div class="rtw-text">
        <LongText text={node.text || node.title} />
      </div>
      {node.args !== "" && (
        <Fold part="body" summary="what an answer looks like">
          <Block part="schema" label="" text={pretty(node.args)} />
        </Fold>
      )}
    </div>
  );
}

export function interruptWords(state: NodeState): string {
  if (state === "suspended") return "Needs your answer";
  return state === "cancelled" ? "The answer was cancelled" : "Needed an answer";
}
