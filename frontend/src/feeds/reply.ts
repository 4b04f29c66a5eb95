// Answers of the user to questions of the run, sent to the server (protocol 13.3).

import { RequestError } from "../server/api.js";
import { randomId } from "../server/random-id.js";
import type { RunRequest } from "../server/run-request.js";

/** An answer to the question with this id. */
export interface Reply {
  id: string;
  value: unknown;
}

/** Sends an answer; rejects with `RequestError`, or with the reason of the signal. */
export type SendReply = (reply: Reply, signal: AbortSignal) => Promise<void>;

/** Send an answer over a feed, which may have no way for it. */
export async function sendReply(
  { reply }: { readonly reply?: SendReply },
  answer: Reply,
  signal: AbortSignal,
): Promise<void> {
  if (!reply) throw new RequestError("This view cannot send answers.", false);
  await reply(answer, signal);
}

/** The answer as the server takes it; it may be sent again. */
export function replyEvent(reply: Reply): object {
  return { type: "answer", ...reply, request: randomId() };
}

const FORBIDDEN = "You are not logged in to this server, or not allowed to answer.";

export function serverReply(send: RunRequest): SendReply {
  return async (reply, signal) => {
    await send(["POST", "replies", JSON.stringify(replyEvent(reply))], signal, FORBIDDEN);
  };
}
