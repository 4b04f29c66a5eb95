// Messages and reasoning.

import type { JSX } from "preact";
import { durationOf, type TimelineNode } from "../../model/timeline/node.js";
import { formatTook } from "../../ui/format.js";
import { LongText, Name } from "../../ui/text.js";
import { type NodeState, roleOf } from "../node-state.js";
import { Cut } from "./cut.js";
import { Fold } from "./fold.js";
import { Markdown } from "./markdown/markdown.js";
import { isMarkdown } from "./rows.js";
import { Silence } from "./took.js";

/** Roles of AG-UI with a separate style. */
const ROLES = new Set(["user", "system", "developer", "tool"]);

/** Most characters of the first sentence of reasoning. */
const MAX_SENTENCE = 160;

interface MessageProps {
  node: TimelineNode;
  state: NodeState;
  silentSince: number | null;
}

export function Message({ node, state, silentSince }: MessageProps): JSX.Element {
  return (
    <>
      {!node.hasStart && <p class="rtw-aside">without its beginning</p>}
      <div class={`rtw-text ${roleClass(roleOf(node))}`}>
        <GrowingText node={node} state={state} />
      </div>
      {silentSince !== null && <Silence since={silentSince} />}
    </>
  );
}

export function Reasoning({ node, state, silentSince }: MessageProps): JSX.Element {
  return (
    <Fold
      part="body"
      summary={
        <span class="rtw-row-line">
          <span class="rtw-row-aside rtw-thought">
            <Name text={reasoningWords(node, state)} />
          </span>
          {silentSince !== null && <Silence since={silentSince} />}
        </span>
      }
    >
      <div class="rtw-text rtw-text-quiet">
        <GrowingText node={node} state={state} />
      </div>
    </Fold>
  );
}

/** "Thought for 4.1 s — first sentence". */
export function reasoningWords(node: TimelineNode, state: NodeState): string {
  const sentence = node.title || firstSentence(node.text);
  const after = sentence === "" ? "" : ` — ${sentence}`;
  if (state === "open") return `Thinking…${after}`;
  const duration = durationOf(node);
  return `Thought${duration === null ? "" : ` for ${formatTook(duration)}`}${after}`;
}

export function roleClass(role: string): string {
  return ROLES.has(role) ? `rtw-role-${role}` : "";
}

function firstSentence(text: string): string {
  const line = text
    .slice(0, 4 * MAX_SENTENCE)
    .replaceAll(/[\s*#_`]+/g, " ")
    .trim();
  const [sentence = ""] = line.match(/^.+?[.!?…](?=\s|$)/) ?? [line];
  return sentence.length > MAX_SENTENCE ? `${sentence.slice(0, MAX_SENTENCE)}…` : sentence;
}

/** The text of a node, with a caret while it is open. */
function GrowingText({ node, state }: Omit<MessageProps, "silentSince">): JSX.Element {
  const isOpen = state === "open";
  return (
    <>
      {isMarkdown(node) ? (
        <Markdown text={node.text} isOpen={isOpen} />
      ) : (
        <LongText text={node.text} />
      )}
      {isOpen && <span class="rtw-caret" />}
      <Cut node={node} />
    </>
  );
}
