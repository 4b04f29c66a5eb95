// Messages of users to the program of the run: one node each, open until the program takes it.

import type { Taken, UserMessage } from "../../protocol/messages.gen.js";
import type { Book } from "./book.js";
import { emptyNode } from "./node.js";

export function applyMessage(
  book: Book,
  { text }: UserMessage,
  { seq, user }: { seq: number; user: string | null },
  time: number | null,
): void {
  const sent = { id: String(seq), title: user ?? "", role: "user", text, isOpen: true };
  book.store.add({ ...emptyNode("sent", "", time), ...sent });
}

export function applyTaken(book: Book, { seqs }: Taken, time: number | null): void {
  for (const seq of seqs) {
    const node = book.store.find("", "sent", String(seq));
    if (!node?.isOpen) continue;
    node.isOpen = false;
    node.version += 1;
    node.lastAt = node.endedAt = time;
  }
}
