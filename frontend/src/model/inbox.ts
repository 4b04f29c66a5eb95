// What users have sent to the newest attempt of a run, reduced by the rules of `protocol/inbox.py`.

import type {
  Control,
  InboxOpened,
  Receipt,
  Inbox as SentInbox,
  Stop,
  Taken,
  UserMessage,
  WaitingMessage,
} from "../protocol/messages.gen.js";
import type { Members } from "./members.js";
import type { Stored } from "./questions.js";

/** Most messages that wait, that were taken and are kept, and members that read messages. */
const MAX_WAITING = 20;
const MAX_RECEIPTS = 20;
const MAX_READERS = 20;

export type InboxEvent = Control | UserMessage | InboxOpened | Taken;

export class Inbox {
  /** The stop of the attempt; null where no user has stopped it. */
  stop: Stop | null = null;
  /** The members that read messages. */
  readers: readonly (string | null)[] = [];
  /** The messages that not all readers have taken, the newest last. */
  waiting: readonly WaitingMessage[] = [];
  taken: readonly Receipt[] = [];

  static from(sent: SentInbox | null): Inbox {
    return Object.assign(new Inbox(), sent);
  }

  apply(event: InboxEvent, { seq, timestamp, user }: Stored): void {
    switch (event.type) {
      case "control":
        this.stop ??= { seq, user, request: event.request ?? null, timestamp, is_taken: false };
        break;
      case "user_message": {
        if (!this.#makeRoom()) break;
        const { text, request } = event;
        const message = { seq, user, request: request ?? null, timestamp, text, taken_by: [] };
        this.waiting = [...this.waiting, message];
        break;
      }
      case "inbox": {
        const member = event.attempt ?? null;
        const others = this.readers.filter((one) => one !== member);
        this.readers = [...others, member].slice(-MAX_READERS);
        break;
      }
      case "taken":
        this.#take(event);
        break;
      default:
        event satisfies never;
    }
  }

  /** Drop the readers that are no members any more: they have ended. */
  keepOf(members: Members): void {
    const left = new Set(members.left.map(({ id }) => id));
    this.readers = this.readers.filter((one) => left.has(one));
    this.#receiveTaken();
  }

  /** Let slow readers miss the oldest message that others have taken; false where there is none. */
  #makeRoom(): boolean {
    if (this.waiting.length < MAX_WAITING) return true;
    const oldest = this.waiting.find((one) => one.taken_by.length > 0);
    if (oldest) this.#receive([oldest]);
    return oldest !== undefined;
  }

  #take({ seqs, attempt }: Taken): void {
    if (this.stop && seqs.includes(this.stop.seq)) this.stop = { ...this.stop, is_taken: true };
    if (attempt === undefined || attempt === null) {
      this.#receive(this.waiting.filter(({ seq }) => seqs.includes(seq)));
      return;
    }
    if (!this.readers.includes(attempt)) return;
    this.waiting = this.waiting.map((one) => {
      if (!seqs.includes(one.seq)) return one;
      const others = one.taken_by.filter((by) => by !== attempt);
      return { ...one, taken_by: [...others, attempt].slice(-MAX_READERS) };
    });
    this.#receiveTaken();
  }

  /** Let no message wait that was taken, and that no other reader is left to take. */
  #receiveTaken(): void {
    const isTaken = ({ taken_by: by }: WaitingMessage) =>
      by.length > 0 && this.readers.every((one) => by.includes(one));
    this.#receive(this.waiting.filter(isTaken));
  }

  #receive(messages: readonly WaitingMessage[]): void {
    if (messages.length === 0) return;
    this.waiting = this.waiting.filter((one) => !messages.includes(one));
    const receipts = messages.map(({ seq, user, request }) => ({ seq, user, request }));
    this.taken = [...this.taken, ...receipts].slice(-MAX_RECEIPTS);
  }
}
