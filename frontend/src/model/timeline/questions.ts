// Questions of the run to its users: one node each, which the answer completes.

import type { Taken } from "../../protocol/messages.gen.js";
import { type QuestionEvent, showJson } from "../../protocol/messages.js";
import type { Book } from "./book.js";
import { emptyNode } from "./node.js";

/** Most characters of an answer in a node; the log has all. */
const MAX_ANSWER = 2_000;

export function applyQuestion(
  book: Book,
  event: Exclude<QuestionEvent, Taken>,
  user: string | null,
  time: number | null,
): void {
  const node = book.store.find("", "question", event.id);
  if (event.type === "question") {
    if (!node) book.store.add({ ...emptyNode("question", "", time), ...question(event) });
    return;
  }
  if (!node?.isOpen) return;
  node.isOpen = false;
  node.version += 1;
  node.lastAt = node.endedAt = time;
  if (event.type === "question_closed" && event.outcome !== "answered") {
    node.outcome = "cancelled";
    node.title = event.outcome;
    return;
  }
  node.title = user ?? "";
  node.outcome = "success";
  book.store.setResult(node, answerText(event.value).slice(0, MAX_ANSWER));
}

function question({ id, message, details }: Extract<QuestionEvent, { type: "question" }>) {
  return { id, text: message, args: details ?? "", isOpen: true };
}

/** An answer in words: a text, or the fields of a form. */
function answerText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return showJson(value);
  return Object.entries(value)
    .map(([name, one]) => `${name}: ${typeof one === "string" ? one : showJson(one)}`)
    .join("\n");
}
