// The bar below a view in which the user answers a question of the run.

import type { JSX } from "preact";
import { type Feed, isReadOnly, publisherGoneAt } from "../../feeds/feed.js";
import type { SendReply } from "../../feeds/reply.js";
import { formatClock } from "../../model/remarks.js";
import type { OpenQuestion } from "../../protocol/messages.gen.js";
import { StatusIcon } from "../../ui/icons.js";
import { LongText, Name } from "../../ui/text.js";
import { useDraft } from "./draft.js";
import { answerOf, partsOf } from "./form.js";
import { FormFields } from "./form-fields.js";
import { useAnswer } from "./use-answer.js";

/** The field of a draft that holds the text of an answer without a form. */
const TEXT = "text";

export function AnswerBar({ feed }: { feed: Feed }): JSX.Element | null {
  const { run, reply } = feed;
  const [question, ...others] = run.questions.open;
  if (!question) return null;
  return (
    <section class="rtw-question" aria-label="Question of the run">
      <div class="rtw-question-text">
        <StatusIcon status="needs_input" />
        <div>
          <strong class="rtw-question-message">
            <LongText text={question.message} />
          </strong>
          {question.details && (
            <div class="rtw-question-details">
              <LongText text={question.details} />
            </div>
          )}
        </div>
      </div>
      {reply && !run.isFinished && (
        <Answer
          key={question.id}
          question={question}
          send={reply}
          limit={feed.replyLimit ?? ""}
          obstacle={obstacleOf(feed)}
        />
      )}
      <p class="rtw-aside">{asideWords(feed, question, others.length)}</p>
    </section>
  );
}

function asideWords(feed: Feed, question: OpenQuestion, others: number): string {
  const { run } = feed;
  if (run.status === "lost") return "Lost: the run that asked does not wait for the answer.";
  if (run.isFinished) return "The run does not wait for the answer any more.";
  const { expires } = question;
  const words = [
    expires === null
      ? ""
      : `The run waits until ${formatClock(expires * 1000)}${question.default === null ? "" : ", and continues with its default"}.`,
    publisherGoneAt(feed) === null
      ? ""
      : "The program that asks is not connected, and gets the answer when it is back.",
    others > 0 ? `${others} more to answer.` : "",
  ];
  return words.filter((one) => one !== "").join(" ");
}

/** Why it cannot be answered now, "" where it can. */
function obstacleOf(feed: Feed): string {
  if (isReadOnly(feed)) {
    return "You may read this run, and not write to it: your login does not allow an answer.";
  }
  return feed.asOf === null ? "" : "Not connected.";
}

interface AnswerProps {
  question: OpenQuestion;
  send: SendReply;
  /** What an answer that is not taken soon may wait for. */
  limit: string;
  obstacle: string;
}

function Answer({ question, send, limit, obstacle }: AnswerProps): JSX.Element {
  const { answer, isSending, isLate, failure } = useAnswer(send, question.id);
  const sending = isLate && limit !== "" ? limit : "Sending…";
  const isOff = obstacle !== "" || isSending;
  return (
    <>
      {question.choices ? (
        <Choices question={question} isDisabled={isOff} onAnswer={answer} />
      ) : (
        <Typed question={question} isDisabled={isOff} onAnswer={answer} />
      )}
      <div role="status" class="rtw-question-failure">
        {failure ?? (isSending ? sending : obstacle)}
      </div>
    </>
  );
}

interface FieldsProps {
  question: OpenQuestion;
  isDisabled: boolean;
  onAnswer: (value: unknown) => void;
}

function Choices({ question, isDisabled, onAnswer }: FieldsProps): JSX.Element {
  return (
    <div class="rtw-choices">
      {question.choices?.map((choice) => (
        <button
          key={choice}
          type="button"
          class={`rtw-button rtw-choice${choice === question.default ? " rtw-choice-default" : ""}`}
          disabled={isDisabled}
          onClick={() => onAnswer(choice)}
        >
          <Name text={choice} />
        </button>
      ))}
    </div>
  );
}

/** A text, or a form. */
function Typed({ question, isDisabled, onAnswer }: FieldsProps): JSX.Element {
  const [draft, setDraft, forgetDraft] = useDraft(question.id);
  const parts = question.form ? partsOf(question.form) : null;
  const submit = (event: Event) => {
    event.preventDefault();
    forgetDraft();
    onAnswer(parts ? answerOf(parts, draft) : (draft[TEXT] ?? ""));
  };
  return (
    <form class="rtw-answer" onSubmit={submit}>
      {parts ? (
        <FormFields {...{ parts, draft, isDisabled }} onChange={setDraft} />
      ) : (
        <input
          class="rtw-field"
          aria-label="Answer"
          placeholder={typeof question.default === "string" ? question.default : "Answer"}
          required
          disabled={isDisabled}
          value={String(draft[TEXT] ?? "")}
          onInput={({ currentTarget }) => setDraft({ [TEXT]: currentTarget.value })}
        />
      )}
      <button type="submit" class="rtw-button rtw-choice" disabled={isDisabled}>
        Send
      </button>
    </form>
  );
}
