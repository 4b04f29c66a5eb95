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
  /** The messages that were not taken, the newest last. */
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
        if (this.waiting.length >= MAX_WAITING) break;
        const { text, request } = event;
        const message = { seq, user, request: request ?? null, timestamp, text };
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
        this.#take(event.seqs);
        break;
      default:
        event satisfies never;
    }
  }

  /** Drop the readers that are no members any more: they have ended. */
  keepOf(members: Members): void {
    const left = new Set(members.left.map(({ id }) => id));
    this.readers = this.readers.filter((one) => left.has(one));
  }

  #take(seqs: readonly number[]): void {
    if (this.stop && seqs.includes(this.stop.seq)) this.stop = { ...this.stop, is_taken: true };
    const taken = this.waiting.filter(({ seq }) => seqs.includes(seq));
    if (taken.length === 0) return;
    this.waiting = this.waiting.filter((one) => !taken.includes(one));
    const receipts = taken.map(({ seq, user, request }) => ({ seq, user, request }));
    this.taken = [...this.taken, ...receipts].slice(-MAX_RECEIPTS);
  }
}
