// The questions of a run to its users, reduced by the same rules as in `protocol/questions.py`.

import type {
  Answer,
  Answered,
  OpenQuestion,
  Question,
  QuestionClosed,
  Questions as SentQuestions,
} from "../protocol/messages.gen.js";
import type { QuestionEvent } from "../protocol/messages.js";
import type { Members } from "./members.js";

/** Most open questions of a run, and most answers that are kept. */
const MAX_OPEN = 20;
const MAX_ANSWERED = 20;

/** The number of an event, and when and for whom it was stored. */
export interface Stored {
  seq: number;
  timestamp: string;
  user: string | null;
}

export class Questions {
  open: readonly OpenQuestion[] = [];
  answered: readonly Answered[] = [];

  static from(sent: SentQuestions | null): Questions {
    const questions = new Questions();
    questions.open = sent?.open ?? [];
    questions.answered = sent?.answered ?? [];
    return questions;
  }

  /** The newest open question; null where none is open. */
  get message(): string | null {
    return this.open.at(-1)?.message ?? null;
  }

  apply(event: QuestionEvent, stored: Stored): void {
    switch (event.type) {
      case "question":
        this.#ask(event, stored);
        break;
      case "question_closed":
        if (event.outcome === "answered") this.#answer(event, stored);
        else this.#close(event.id);
        break;
      case "answer":
        this.#answer(event, stored);
        break;
      case "taken": {
        const { seqs } = event;
        this.answered = this.answered.map((one) =>
          seqs.includes(one.seq) ? { ...one, is_taken: true } : one,
        );
        break;
      }
      default:
        event satisfies never;
    }
  }

  /** The agents that wait for answers. */
  get agents(): Set<string | null> {
    return new Set(this.open.map(({ agent }) => agent));
  }

  /** Close the questions of an agent, whose next run has begun or ended; null: of all agents. */
  closeOf(which: string | null): void {
    this.open = this.open.filter(({ agent }) =>
      which === null ? agent === null : agent !== which,
    );
  }

  /** Close the questions of members that have ended. */
  keepOf(members: Members): void {
    const left = new Set(members.left.map(({ id }) => id));
    this.open = this.open.filter(({ attempt }) => attempt === null || left.has(attempt));
  }

  #ask(event: Question, { seq, timestamp }: Stored): void {
    const isKnown = [...this.open, ...this.answered].some(({ id }) => id === event.id);
    if (isKnown || this.open.length >= MAX_OPEN) return;
    const { id, message, details, choices, form, default: preset, expires } = event;
    const { attempt, agent } = event;
    this.open = [
      ...this.open,
      {
        id,
        seq,
        timestamp,
        message,
        details: details ?? null,
        choices: choices ?? null,
        form: form ?? null,
        default: preset ?? null,
        expires: expires ?? null,
        attempt: attempt ?? null,
        agent: agent ?? null,
      },
    ];
  }

  #answer(event: Answer | QuestionClosed, { seq, timestamp, user }: Stored): void {
    const { id, value } = event;
    // An earlier answer in the log counts.
    if (!this.#close(id)) return;
    const isOwn = event.type === "question_closed";
    const request = isOwn ? null : (event.request ?? null);
    const answered = { id, seq, timestamp, user, value: value ?? null, request, is_taken: isOwn };
    this.answered = [...this.answered, answered].slice(-MAX_ANSWERED);
  }

  /** Close a question; returns whether it was open. */
  #close(id: string): boolean {
    const before = this.open.length;
    this.open = this.open.filter((one) => one.id !== id);
    return this.open.length < before;
  }
}
