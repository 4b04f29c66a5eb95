// Sends the answer to a question, and keeps what became of it.

import { useEffect, useRef, useState } from "preact/hooks";
import type { SendReply } from "../../feeds/reply.js";

interface ReplyState {
  /** Sends an answer, one at a time. */
  answer: (value: unknown) => void;
  isSending: boolean;
  /** Why the last one was not accepted; null where it was. */
  failure: string | null;
}

export function useReply(send: SendReply, id: string): ReplyState {
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const lifetime = useRef<AbortController | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    lifetime.current = controller;
    return () => controller.abort();
  }, []);
  const answer = async (value: unknown) => {
    const signal = lifetime.current?.signal;
    if (isSending || !signal) return;
    setSending(true);
    setFailure(null);
    try {
      await send({ id, value }, signal);
    } catch (error) {
      if (signal.aborted) return;
      setFailure(error instanceof Error ? error.message : String(error));
      setSending(false);
    }
  };
  return { answer: (value) => void answer(value), isSending, failure };
}
