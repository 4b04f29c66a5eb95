// Publishes the user's events through the kernel.
//
// Theory of operation. A publishing session runs over a separate connection through the comm,
// identified by a random name, which is opened with the first event. The kernel relays its
// messages to the server and back. What is not acknowledged when the connection ends is sent
// again over the next one; the server recognises duplicates by their numbers.

import { Backoff } from "../protocol/backoff.js";
import { ClientSession } from "../protocol/client-session.js";
import { shouldReconnect } from "../protocol/codes.js";
import type { AnyEvent } from "../protocol/messages.js";
import { randomId } from "../server/random-id.js";
import type { PublisherFrame } from "./comm.js";

interface CommSenderOptions {
  sprintId: string;
  send: (content: object) => void;
  /** Called when the session may have notices. */
  onChange: (session: ClientSession) => void;
}

export class CommSender {
  readonly #session: ClientSession;
  readonly #send: (content: object) => void;
  readonly #onChange: (session: ClientSession) => void;
  readonly #backoff = new Backoff();
  /** The name of the open connection. */
  #name: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ sprintId, send, onChange }: CommSenderOptions) {
    this.#session = new ClientSession({
      sprintId,
      newPublisherId: randomId,
      watch: false,
      publish: true,
      hasHeartbeat: false,
    });
    this.#send = send;
    this.#onChange = onChange;
  }

  push(event: AnyEvent): boolean {
    const isQueued = this.#session.send(event);
    if (this.#name === null) this.reopen();
    else this.#drain();
    return isQueued;
  }

  receive(frame: PublisherFrame): void {
    if (frame.publisher !== this.#name) return;
    if (frame.closed !== undefined) {
      this.#lost(shouldReconnect(frame.closed));
      return;
    }
    const waiting = this.#session.unacknowledged.length;
    for (const message of frame.messages) this.#session.receive(message, performance.now());
    if (this.#session.unacknowledged.length < waiting) this.#backoff.reset();
    this.#drain();
  }

  /** Reconnect where events are not acknowledged: the acknowledgement may have been lost. */
  reopen(): void {
    this.close();
    if (this.#session.unacknowledged.length === 0) return;
    this.#name = randomId();
    this.#session.open(null, performance.now());
    this.#drain();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#session.lost();
    if (this.#name !== null) this.#send({ publisher: this.#name, closed: true });
    this.#name = null;
  }

  #drain(): void {
    const messages = this.#session.takeFrames();
    if (messages.length > 0) this.#send({ publisher: this.#name, messages });
    const { closing, deadline } = this.#session;
    if (closing !== null) this.#lost(shouldReconnect(closing));
    else if (deadline !== null) {
      this.#schedule(deadline - performance.now(), () => {
        this.#session.tick(performance.now());
        this.#drain();
      });
    }
    this.#onChange(this.#session);
  }

  #lost(mayRetry: boolean): void {
    this.close();
    const wait = this.#backoff.nextWait(performance.now(), Math.random());
    if (mayRetry) this.#schedule(wait, () => this.reopen());
  }

  #schedule(delay: number, callback: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(callback, Math.max(delay, 0));
  }
}
