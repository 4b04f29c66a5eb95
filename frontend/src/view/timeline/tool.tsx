// A tool call as a card: a line, and arguments and result below it.

import type { JSX } from "preact";
import type { TimelineNode } from "../../model/timeline/node.js";
import { LongText, Name } from "../../ui/text.js";
import { type NodeState, STATE_WORDS } from "../node-state.js";
import { Block } from "./block.js";
import { Cut, Failure } from "./cut.js";
import { Fold } from "./fold.js";
import { argsLine, pretty, resultText } from "./json-words.js";
import { RowLine } from "./row-line.js";
import { Took } from "./took.js";
import type { Branch } from "./tree.js";

interface ToolProps {
  branch: Branch;
  state: NodeState;
  isLive: boolean;
  silentSince: number | null;
}

export function Tool({ branch, state, isLive, silentSince }: ToolProps): JSX.Element {
  const { node, tokens } = branch;
  const hasFailed = state === "failed";
  const result = node.result === null ? null : resultText(node.result);
  const why = node.error || (hasFailed ? result : "");
  return (
    <div class={`rtw-tool rtw-tool-${state}`}>
      <Fold
        part="body"
        hasMark
        summary={
          <RowLine
            state={state}
            aside={argsLine(node.args, isGrowing(node))}
            tokens={tokens}
            took={<Took node={node} isLive={isLive} />}
            silentSince={silentSince}
          >
            <span class="rtw-tool-name">
              <Name text={node.title || "tool"} />
            </span>
          </RowLine>
        }
      >
        <Arguments node={node} />
        {result !== null && !(hasFailed && ["", why].includes(result)) && (
          <Block part="result" label="result" text={pretty(result)} isSuccess={state === "done"} />
        )}
        {result === null && <p class="rtw-aside">{STATE_WORDS[state]}</p>}
        <Cut node={node} />
      </Fold>
      {why && (
        <Failure>
          <LongText text={why} />
        </Failure>
      )}
    </div>
  );
}

/** While they are being written, only their beginning: they are no JSON yet, and may be long. */
function Arguments({ node }: { node: TimelineNode }): JSX.Element | null {
  if (node.args === "") return null;
  const text = isGrowing(node) ? argsLine(node.args, true) : pretty(node.args);
  return <Block part="args" label="arguments" text={text} />;
}

function isGrowing({ isOpen, areArgsComplete }: TimelineNode): boolean {
  return isOpen && !areArgsComplete;
}
