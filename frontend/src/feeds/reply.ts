// Replies of the user to the run: answers, stops and messages (protocol 13.3 and 14).

import { notAllowed, RequestError } from "../server/api.js";
import { randomId } from "../server/random-id.js";
import type { RunRequest } from "../server/run-request.js";

/** An answer to the question with this id. */
export interface AnswerReply {
  id: string;
  value: unknown;
}

/** A stop of an attempt, or a message to its program, under a name by which it may be sent again. */
export type Sent = { attempt: number; request: string } & (
  | { type: "control"; action: "stop" }
  | { type: "user_message"; text: string }
);

export type Reply = AnswerReply | Sent;

/** Sends a reply; rejects with `RequestError`, or with the reason of the signal. */
export type SendReply = (reply: Reply, signal: AbortSignal) => Promise<void>;

/** Send a reply over a feed, which may have no way for it. */
export async function sendReply(
  { reply }: { readonly reply?: SendReply },
  answer: Reply,
  signal: AbortSignal,
): Promise<void> {
  if (!reply) throw new RequestError("This view cannot send anything to the run.", false);
  await reply(answer, signal);
}

/** The reply as the server takes it; it may be sent again. */
export function replyEvent(reply: Reply): object {
  return { type: "answer", request: randomId(), ...reply };
}

/** A name by which something may be sent again. */
export const newRequest = randomId;

const FORBIDDEN = notAllowed("write to the run");

export function serverReply(send: RunRequest): SendReply {
  return async (reply, signal) => {
    await send(["POST", "replies", JSON.stringify(replyEvent(reply))], signal, FORBIDDEN);
  };
}
