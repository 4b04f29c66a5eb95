// A question of the run to its users, and its answer.

import type { JSX } from "preact";
import type { TimelineNode } from "../../model/timeline/node.js";
import { LongText, Name } from "../../ui/text.js";
import type { NodeState } from "../node-state.js";
import { Ticking } from "./took.js";

export function Question({ node, state }: { node: TimelineNode; state: NodeState }): JSX.Element {
  const isOpen = state === "open";
  const { result, time, title } = node;
  return (
    <div class={isOpen ? "rtw-interrupt rtw-interrupt-open" : "rtw-interrupt"}>
      <div class="rtw-interrupt-head">
        <strong>{questionWords(node, state)}</strong>
        {state === "done" && title !== "" && (
          <span class="rtw-row-aside">
            by <Name text={title} />
          </span>
        )}
        {isOpen && time !== null && (
          <span class="rtw-row-aside">
            waits <Ticking from={time} />
          </span>
        )}
      </div>
      <div class="rtw-text">
        <LongText text={node.text} />
      </div>
      {typeof result === "string" && (
        <div class="rtw-text rtw-question-answer">
          <LongText text={result} />
        </div>
      )}
    </div>
  );
}

/** What became of the question; of one without an answer, the title has the reason. */
export function questionWords({ title }: TimelineNode, state: NodeState): string {
  if (state === "open") return "Question";
  if (state === "done") return "Answered";
  if (title === "default") return "No answer: the default was used";
  return title === "expired" ? "No answer in time" : "Not answered";
}
