// Parts of the view from the kernel (protocol 11.4).
//
// The kernel sends the parts that a run needs without a request, as it may receive a request only when
// the running cell has ended; they are requested as well, because what the kernel sent may be lost.

import { type CodeFile, type CodeName, importText } from "./code-loader.js";
import { type CodeFrame, type Comm, readFrame, sendSafely } from "./comm.js";
import { CommRequests } from "./comm-requests.js";

export class CommCode {
  readonly #comm: Comm;
  /** Parts that have come, by their names. */
  readonly #texts = new Map<string, string>();
  /** Parts that are awaited. */
  readonly #waiting = new Map<string, (text: string) => void>();

  constructor(comm: Comm) {
    this.#comm = comm;
  }

  /** Take a part that has come without a request. */
  take({ code, content }: CodeFrame): void {
    this.#texts.set(code, content);
    this.#waiting.get(code)?.(content);
  }

  /** See `LoadCode`. */
  readonly load = async (name: CodeName, hash: string): Promise<CodeFile> => {
    const text = this.#texts.get(name) ?? (await this.#request(name));
    this.#texts.set(name, text);
    return importText(text, hash);
  };

  /** The response, or what comes before it without a request. */
  #request(name: CodeName): Promise<string> {
    const isHere = new AbortController();
    const requests = new CommRequests((content) => sendSafely(this.#comm, content));
    const receive = (content: unknown) => {
      const frame = readFrame(content);
      if (frame && "response" in frame) requests.receive(frame);
    };
    this.#comm.on("msg:custom", receive);
    return new Promise<string>((resolve, reject) => {
      this.#waiting.set(name, resolve);
      requests.code(name, isHere.signal).then(resolve, reject);
    }).finally(() => {
      this.#waiting.delete(name);
      isHere.abort();
      this.#comm.off("msg:custom", receive);
    });
  }
}
