// What a page requests of the kernel beside the stream: pages of history, series of metrics, and
// searches (protocol 11.4).
//
// Theory of operation. A request has a random name, by which the page knows its response among those
// that all pages receive. The kernel may receive a request only when the running cell has ended, and
// a response may be lost: so a request is sent again until the first response, and one that is not
// needed any more is cancelled.

import type { OutputBlob } from "../protocol/messages.gen.js";
import { isObject } from "../protocol/messages.js";
import { RequestError } from "../server/api.js";
import { randomId } from "../server/random-id.js";
import type { CodeName } from "./code-loader.js";
import type { ResponseFrame } from "./comm.js";

/** Delays after which a request is sent again, in milliseconds; the last one repeats. */
const RESEND_AFTER = [5_000, 30_000];

type Arguments = Record<string, string | number | boolean>;

interface Pending {
  /** Takes a response; returns whether it was the last. */
  take: (content: unknown) => boolean;
  settle: (error: Error | null) => void;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class CommRequests {
  readonly #send: (content: object) => void;
  readonly #pending = new Map<string, Pending>();

  constructor(send: (content: object) => void) {
    this.#send = send;
  }

  /** Read a page of events. Rejects with `RequestError`, or with the reason of the signal. */
  events(given: Arguments, signal: AbortSignal): Promise<unknown> {
    return this.#only({ events: given }, signal);
  }

  /** Read the series of an attempt. Rejects as `events` does. */
  series(attempt: number, signal: AbortSignal): Promise<unknown> {
    return this.#only({ series: { attempt } }, signal);
  }

  /** A blob as a `data:` address, loaded piece by piece. Rejects as `events` does. */
  async blob({ sha256, type }: OutputBlob, signal: AbortSignal): Promise<string> {
    let data = "";
    for (;;) {
      const after = (data.length / 4) * 3;
      const content = await this.#only({ blob: { sha256, after } }, signal);
      if (!isObject(content) || typeof content["data"] !== "string") {
        throw new RequestError("The kernel does not have this file.", true, "unknown_blob");
      }
      data += content["data"];
      const isLast = content["data"] === "" || (data.length / 4) * 3 >= Number(content["bytes"]);
      if (isLast) return `data:${type};base64,${data}`;
    }
  }

  /** The text of a part of the view. Rejects as `events` does. */
  async code(name: CodeName, signal: AbortSignal): Promise<string> {
    const code = await this.#only({ code: { name } }, signal);
    if (typeof code !== "string") throw new RequestError("The kernel has no such code.", false);
    return code;
  }

  /** Search; `take` returns whether a report was the last. Rejects as `events` does. */
  search(
    given: Arguments,
    signal: AbortSignal,
    take: (content: unknown) => boolean,
  ): Promise<void> {
    return this.#request({ search: given }, signal, take);
  }

  /** Send the answer to a question. Rejects as `events` does. */
  reply(answer: object, signal: AbortSignal): Promise<void> {
    return this.#request({ reply: answer }, signal, () => true);
  }

  receive({ response, content, error }: ResponseFrame): void {
    const pending = this.#pending.get(response);
    if (!pending) return;
    clearTimeout(pending.timer);
    pending.timer = undefined;
    if (error !== null) {
      pending.settle(new RequestError(error, false));
      return;
    }
    try {
      if (pending.take(content)) pending.settle(null);
    } catch (failure) {
      pending.settle(failure instanceof Error ? failure : new Error(String(failure)));
    }
  }

  /** End all of them; the kernel ends what it does for a comm with the comm. */
  close(): void {
    const closed = new DOMException("The view was closed.", "AbortError");
    for (const pending of this.#pending.values()) pending.settle(closed);
  }

  /** The one response to a request. */
  async #only(content: object, signal: AbortSignal): Promise<unknown> {
    let response: unknown = null;
    await this.#request(content, signal, (received) => {
      response = received;
      return true;
    });
    return response;
  }

  #request(content: object, signal: AbortSignal, take: Pending["take"]): Promise<void> {
    signal.throwIfAborted();
    const name = randomId();
    return new Promise((resolve, reject) => {
      const cancel = () => {
        this.#send({ request: name, cancel: true });
        pending.settle(signal.reason);
      };
      const pending: Pending = {
        take,
        settle: (error) => {
          clearTimeout(pending.timer);
          signal.removeEventListener("abort", cancel);
          this.#pending.delete(name);
          if (error === null) resolve();
          else reject(error);
        },
        timer: undefined,
      };
      signal.addEventListener("abort", cancel);
      this.#pending.set(name, pending);
      this.#transmit({ request: name, ...content }, pending, 0);
    });
  }

  #transmit(message: object, pending: Pending, times: number): void {
    const delay = RESEND_AFTER[Math.min(times, RESEND_AFTER.length - 1)];
    pending.timer = setTimeout(() => this.#transmit(message, pending, times + 1), delay);
    this.#send(message);
  }
}
