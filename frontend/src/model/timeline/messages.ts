// Lists of messages, in MESSAGES_SNAPSHOT and RUN_STARTED: they add and complete, and remove nothing.

import type { Arrival, Book } from "./book.js";
import { NOTHING } from "./extra.js";
import { listOf, nameOf, objectOf, textOf } from "./fields.js";
import type { TimelineNode } from "./node.js";
import { answerTool } from "./tools.js";

/** Most messages of a snapshot that are read, the newest. */
const MAX_MESSAGES = 5_000;

type Message = Readonly<Record<string, unknown>>;

export function snapshotMessages(book: Book, arrival: Arrival): void {
  addMessages(book, arrival, listOf(arrival.event["messages"]).slice(-MAX_MESSAGES));
}

/** Put messages into the timeline that it does not have, and complete those that it has. */
export function addMessages(book: Book, arrival: Arrival, messages: readonly unknown[]): void {
  if (messages.length === 0) return;
  const known = new Known(book, arrival.agent);
  for (const value of messages) {
    const message = objectOf(value);
    const owner = nameOf(message["subagentRunId"]);
    const inner: Arrival = { ...arrival, owner, event: { type: "" }, extra: NOTHING };
    switch (message["role"]) {
      case "tool":
        answerTool(book, inner, message["toolCallId"], message["content"], message["error"]);
        break;
      case "activity":
        addActivity(book, inner, message);
        break;
      default:
        addText(book, inner, message, known);
        for (const call of listOf(message["toolCalls"])) addCall(book, inner, objectOf(call));
    }
  }
}

/** Messages that the timeline has, by role and text: ids of a snapshot may differ from theirs. */
class Known {
  readonly #byText = new Map<string, TimelineNode[]>();

  constructor(book: Book, agent: string) {
    for (const node of book.store.nodes) {
      if (node.agent !== agent || (node.kind !== "message" && node.kind !== "reasoning")) continue;
      const key = keyOf(node.kind === "reasoning" ? "reasoning" : node.role, node.text);
      const same = this.#byText.get(key);
      if (same) same.push(node);
      else this.#byText.set(key, [node]);
    }
  }

  /** The first one with this role and text that was not taken before. */
  take(role: string, text: string): TimelineNode | undefined {
    return this.#byText.get(keyOf(role, text))?.shift();
  }

  /** A message was found by its id, so no other one is meant by it. */
  drop(role: string, node: TimelineNode): void {
    const same = this.#byText.get(keyOf(role, node.text));
    const index = same?.indexOf(node) ?? -1;
    if (index >= 0) same?.splice(index, 1);
  }
}

function addText(book: Book, arrival: Arrival, message: Message, known: Known): void {
  const role = nameOf(message["role"]);
  const kind = role === "reasoning" ? "reasoning" : "message";
  const text = plainText(message["content"]);
  if (text === "") return;
  const id = nameOf(message["id"]);
  const same = book.store.find(arrival.agent, kind, id);
  if (same) {
    known.drop(role, same);
    if (same.text !== text) book.store.set(same, "text", text);
    same.version += 1;
    return;
  }
  if (known.take(role, text)) return;
  const node = book.add(arrival, kind, {
    id,
    role: kind === "message" ? role : "",
    title: nameOf(message["name"]),
    startedAt: null,
  });
  book.store.set(node, "text", text);
}

function addCall(book: Book, arrival: Arrival, call: Message): void {
  const id = nameOf(call["id"]);
  const { name, arguments: args } = objectOf(call["function"]);
  if (id === "") return;
  let node = book.store.find(arrival.agent, "tool", id);
  if (!node) {
    const fields = { id, title: nameOf(name), isOpen: true, areArgsComplete: true };
    node = book.add(arrival, "tool", { ...fields, startedAt: null });
  }
  if (!node.areArgsComplete || textOf(args) === node.args) return;
  book.store.set(node, "args", textOf(args));
  node.version += 1;
}

function addActivity(book: Book, arrival: Arrival, message: Message): void {
  const id = nameOf(message["id"]);
  const title = nameOf(message["activityType"]);
  const node =
    book.store.find(arrival.agent, "activity", id) ?? book.add(arrival, "activity", { id, title });
  book.store.setData(node, message["content"] ?? null);
  node.version += 1;
}

/** The text of a content, which may be a list of parts; other parts are named. */
function plainText(content: unknown): string {
  if (!Array.isArray(content)) return textOf(content);
  const parts = content.map((part) => {
    const { type, text } = objectOf(part);
    return type === "text" ? textOf(text) : `[${nameOf(type) || "part"}]`;
  });
  return parts.join("\n");
}

function keyOf(role: string, text: string): string {
  return `${role}\n${text}`;
}
