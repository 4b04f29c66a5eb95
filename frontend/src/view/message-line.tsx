// The line below a view in which the user writes to the program of the run.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Feed, replyOf } from "../feeds/feed.js";
import { newRequest } from "../feeds/reply.js";
import { SendingNote } from "../ui/sending-note.js";
import { useSending } from "../ui/use-sending.js";

/** Most bytes of a message (protocol 14.2). */
const MAX_BYTES = 8_192;

export function MessageLine({ feed }: { feed: Feed }): JSX.Element | null {
  const { run } = feed;
  const reply = replyOf(feed);
  const [text, setText] = useState("");
  const state = useSending(reply);
  if (run.isFinished || run.inbox.readers.length === 0 || !reply) return null;
  const { phase } = state.sending;
  const isSending = phase === "sending" || phase === "waiting" || phase === "stale";
  const excess = new TextEncoder().encode(text).length - MAX_BYTES;
  const submit = (event: Event) => {
    event.preventDefault();
    if (isSending || excess > 0 || text.trim() === "") return;
    const { attempt } = run;
    const message = { type: "user_message", text, attempt, request: newRequest() } as const;
    state.send(message, () => setText(""));
  };
  return (
    <form class="rtw-message-line" onSubmit={submit}>
      <input
        class="rtw-field"
        aria-label="Message to the program"
        placeholder="Message to the program"
        autocomplete="off"
        enterkeyhint="send"
        value={text}
        readOnly={isSending}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <button type="submit" class="rtw-button" disabled={isSending || excess > 0}>
        {isSending ? "Sending…" : "Send"}
      </button>
      {excess > 0 && (
        <span role="status" class="rtw-sending">
          {`Too long by ${excess} bytes: ${MAX_BYTES} are allowed.`}
        </span>
      )}
      <SendingNote state={state} />
    </form>
  );
}
