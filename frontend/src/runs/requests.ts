// Requests to a server about its list of runs (protocol 10), each within a time-out.

import { type Reply, replyEvent } from "../feeds/reply.js";
import type { ServerAddress } from "../server/address.js";
import { notAllowed, RequestError, request } from "../server/api.js";
import { type Browser, requesterOf } from "../server/browser.js";

/** Longest time for a response. */
const TIMEOUT = 20_000;

const MAY_NOT_SEE = notAllowed("see its runs");
const MAY_NOT_REPLY = notAllowed("write to this run");
const MAY_NOT_DELETE = notAllowed("delete runs");

export class RunRequests {
  readonly #server: ServerAddress;
  readonly #browser: Browser;

  constructor(server: ServerAddress, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  /** Read a page: its text, and the server's time in milliseconds since 1970. Throws `RequestError`. */
  async page(path: string, signal: AbortSignal): Promise<{ text: string; serverTime: number }> {
    const response = await this.#request("GET", path, MAY_NOT_SEE, signal);
    const text = await response.text();
    signal.throwIfAborted();
    return { text, serverTime: Date.parse(response.headers.get("Date") ?? "") };
  }

  /** Delete a run, or find that it was deleted already. Throws `RequestError`. */
  async delete(sprintId: string): Promise<void> {
    const path = `sprints/${encodeURIComponent(sprintId)}`;
    try {
      await this.#request("DELETE", path, MAY_NOT_DELETE, new AbortController().signal);
    } catch (error) {
      if (!(error instanceof RequestError && error.code === "unknown_sprint")) throw error;
    }
  }

  /** Send a reply. Throws `RequestError`. */
  async reply(sprintId: string, reply: Reply): Promise<void> {
    const path = `sprints/${encodeURIComponent(sprintId)}/replies`;
    const { signal } = new AbortController();
    await this.#request("POST", path, MAY_NOT_REPLY, signal, JSON.stringify(replyEvent(reply)));
  }

  async #request(
    method: string,
    path: string,
    forbidden: string,
    signal: AbortSignal,
    body?: string,
  ): Promise<Response> {
    const tooLong = new AbortController();
    const timer = setTimeout(() => tooLong.abort(), TIMEOUT);
    const both = AbortSignal.any([signal, tooLong.signal]);
    try {
      const requester = requesterOf(this.#browser, both);
      return await request(
        this.#server,
        body === undefined ? [method, path] : [method, path, body],
        forbidden,
        requester,
      );
    } catch (error) {
      if (tooLong.signal.aborted) throw new RequestError("The server does not answer.", true);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
