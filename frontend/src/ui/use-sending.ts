// Sends a reply of the user to the run, again where the server cannot be reached. What has waited
// for too long is sent only after the user has confirmed it (protocol 14.4).

import { useEffect, useRef, useState } from "preact/hooks";
import type { SendReply, Sent } from "../feeds/reply.js";
import { messageOf, RequestError } from "../server/api.js";

/** How long something is kept and sent without another confirmation, in milliseconds. */
export const MAX_WAIT = 30_000;

/** The time between two attempts. */
export const RETRY = 1_000;

export type Sending =
  | { phase: "idle" }
  | { phase: "sending" }
  /** The server cannot be reached; it is sent when it can. */
  | { phase: "waiting" }
  /** It has waited for too long. */
  | { phase: "stale" }
  /** It was refused. */
  | { phase: "refused"; why: string };

export interface SendingState {
  sending: Sending;
  /** Send something, in place of what waits. `onSent` is called once the server has stored it. */
  send: (sent: Sent, onSent?: () => void) => void;
  /** Send what has waited for too long. */
  confirm: () => void;
  /** Forget what waits. */
  discard: () => void;
}

export function useSending(sendReply: SendReply | undefined): SendingState {
  const [sending, setSending] = useState<Sending>({ phase: "idle" });
  const current = useRef<AbortController | null>(null);
  const last = useRef<[Sent, () => void] | null>(null);
  const stop = () => current.current?.abort();
  useEffect(() => stop, []);
  const start = (sent: Sent, onSent: () => void) => {
    stop();
    const controller = new AbortController();
    current.current = controller;
    last.current = [sent, onSent];
    setSending({ phase: "sending" });
    if (sendReply) void keepSending(sendReply, sent, controller.signal, onSent, setSending);
  };
  return {
    sending,
    send: (sent, onSent = () => {}) => start(sent, onSent),
    confirm: () => last.current && start(...last.current),
    discard: () => {
      stop();
      setSending({ phase: "idle" });
    },
  };
}

async function keepSending(
  send: SendReply,
  sent: Sent,
  signal: AbortSignal,
  onSent: () => void,
  report: (sending: Sending) => void,
): Promise<void> {
  const ends = Date.now() + MAX_WAIT;
  while (Date.now() < ends) {
    const timeout = AbortSignal.timeout(MAX_WAIT);
    try {
      await send(sent, AbortSignal.any([signal, timeout]));
      if (signal.aborted) return;
      onSent();
      report({ phase: "idle" });
      return;
    } catch (error) {
      if (signal.aborted) return;
      const mayRetry = timeout.aborted || (error instanceof RequestError && error.mayRetry);
      if (!mayRetry) {
        report({ phase: "refused", why: messageOf(error) });
        return;
      }
    }
    report({ phase: "waiting" });
    await new Promise((resolve) => setTimeout(resolve, RETRY));
    if (signal.aborted) return;
  }
  report({ phase: "stale" });
}
