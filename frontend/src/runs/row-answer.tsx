// Answers the open question of a run in its row: one of the choices, or the way to the view.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { OpenQuestion, RunState } from "../protocol/messages.gen.js";
import { messageOf } from "../server/api.js";
import { Name } from "../ui/text.js";

/** Most choices that a row has room for. */
const MAX_CHOICES = 4;

interface RowAnswerProps {
  run: RunState;
  isFrozen: boolean;
  onAnswer: (questionId: string, value: string) => Promise<void>;
  onOpen: () => void;
}

export function RowAnswer({ run, ...props }: RowAnswerProps): JSX.Element | null {
  const question = run.questions?.open[0];
  if (!question || run.status !== "needs_input") return null;
  return <Answer key={question.id} question={question} {...props} />;
}

interface AnswerProps extends Omit<RowAnswerProps, "run"> {
  question: OpenQuestion;
}

function Answer({ question, isFrozen, onAnswer, onOpen }: AnswerProps): JSX.Element {
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState("");
  const { id, message, choices } = question;
  const send = async (choice: string) => {
    setSending(true);
    setFailure("");
    try {
      await onAnswer(id, choice);
    } catch (error) {
      setFailure(messageOf(error));
      setSending(false);
    }
  };
  return (
    <fieldset class="rtw-run-answer" aria-label={message}>
      {choices && choices.length <= MAX_CHOICES ? (
        choices.map((choice) => (
          <button
            key={choice}
            type="button"
            class="rtw-button"
            disabled={isFrozen || isSending}
            onClick={() => void send(choice)}
          >
            <Name text={choice} />
          </button>
        ))
      ) : (
        <button type="button" class="rtw-button" onClick={onOpen}>
          Answer…
        </button>
      )}
      <span role="status" class="rtw-run-answer-status">
        {failure || (isSending ? "Sending…" : "")}
      </span>
    </fieldset>
  );
}
