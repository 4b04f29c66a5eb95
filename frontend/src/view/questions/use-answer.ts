// Sends the answer to a question, and keeps what became of it.

import { useEffect, useRef, useState } from "preact/hooks";
import type { SendReply } from "../../feeds/reply.js";
import { messageOf } from "../../server/api.js";

/** After how many milliseconds an answer is late. */
export const LATE = 2_000;

interface AnswerState {
  /** Sends an answer, one at a time. */
  answer: (value: unknown) => void;
  isSending: boolean;
  /** Whether the one that is sent has not been accepted for `LATE`. */
  isLate: boolean;
  /** Why the last one was not accepted; null where it was. */
  failure: string | null;
}

export function useAnswer(send: SendReply, id: string): AnswerState {
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [isLate, setLate] = useState(false);
  const lifetime = useRef<AbortController | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    lifetime.current = controller;
    return () => controller.abort();
  }, []);
  useEffect(() => {
    setLate(false);
    if (!isSending) return undefined;
    const timer = setTimeout(() => setLate(true), LATE);
    return () => clearTimeout(timer);
  }, [isSending]);
  const answer = async (value: unknown) => {
    const signal = lifetime.current?.signal;
    if (isSending || !signal) return;
    setSending(true);
    setFailure(null);
    try {
      await send({ id, value }, signal);
    } catch (error) {
      if (signal.aborted) return;
      setFailure(messageOf(error));
      setSending(false);
    }
  };
  return { answer: (value) => void answer(value), isSending, isLate, failure };
}
