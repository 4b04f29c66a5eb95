// The accessible names of rows: "tool sql, failed, 38 ms".

import { durationOf, type TimelineNode } from "../../model/timeline/node.js";
import { formatCount, formatTook } from "../../ui/format.js";
import { shownText } from "../../ui/text.js";
import { type NodeState, roleOf, STATE_WORDS, stateOf } from "../node-state.js";
import { titleOf } from "./branch-row.js";
import { interruptWords } from "./interrupt.js";
import { severeWords } from "./log-row.js";
import { reasoningWords } from "./message.js";
import { questionWords } from "./question.js";
import type { Row } from "./rows.js";
import { sentWords } from "./sent.js";

/** Most characters of a name. */
const MAX_NAME = 100;

export function labelOf(row: Row, isLive: boolean): string {
  switch (row.kind) {
    case "node":
      return nodeLabel(row.branch.node, row.speaker, isLive);
    case "group": {
      const { calls, failed } = row.group;
      const words = [formatCount(calls.length, "tool call"), failed > 0 ? `${failed} failed` : ""];
      return joined([...words, row.isOpen ? "" : "folded"]);
    }
    case "log":
      return joined([row.line.level, short(row.line.text)]);
    case "lines":
      return joined([severeWords(row.lines), row.isOpen ? "" : "folded"]);
    case "end":
      return row.branch.node.outcome === "cancelled" ? "run cancelled" : "result of the run";
    case "working":
      return "working";
  }
}

function nodeLabel(node: TimelineNode, speaker: string, isLive: boolean): string {
  const state = stateOf(node, isLive);
  const duration = durationOf(node);
  const took = duration === null ? "" : formatTook(duration);
  return joined([
    nameOf(node, speaker, state),
    saysState(node, state) ? STATE_WORDS[state] : "",
    took,
  ]);
}

function nameOf(node: TimelineNode, speaker: string, state: NodeState): string {
  const { kind, title, count } = node;
  switch (kind) {
    case "message":
      return `message of ${short(roleOf(node) || speaker)}`;
    case "reasoning":
      return short(reasoningWords(node, state));
    case "tool":
      return `tool ${short(title)}`.trim();
    case "subagent":
      return `sub-agent ${short(title)}`.trim();
    case "step":
      return `step ${short(title)}`.trim();
    case "run":
      return short(titleOf(node));
    case "interrupt":
      return interruptWords(state);
    case "question":
      return `${questionWords(node, state)}: ${short(node.text)}`;
    case "sent":
      return joined([`message of ${short(speaker)}`, sentWords(state)]);
    case "state":
      return stateWords(count);
    case "error":
      return "error";
    case "divider":
      return short(title);
    default:
      return `${kind} ${short(title)}`.trim();
  }
}

/** Whether its state is not in its name, and not that it has ended as usual. */
function saysState({ kind }: TimelineNode, state: NodeState): boolean {
  if (kind === "tool" || kind === "step" || kind === "subagent") return true;
  return (kind === "message" || kind === "run") && state !== "done";
}

function short(text: string): string {
  const line = shownText(text.slice(0, 4 * MAX_NAME))
    .replaceAll(/\s+/g, " ")
    .trim();
  return line.length > MAX_NAME ? `${line.slice(0, MAX_NAME)}…` : line;
}

function joined(words: readonly string[]): string {
  return words.filter((word) => word !== "").join(", ");
}

/** "state changed", "state changed 3 times". */
export function stateWords(count: number): string {
  return count === 1 ? "state changed" : `state changed ${formatCount(count, "time")}`;
}
