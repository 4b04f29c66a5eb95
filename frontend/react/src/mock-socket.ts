// The page's end of a connection to a mock server.

export class MockSocket extends EventTarget {
  readonly url: string;
  readonly protocol: string;
  /** The messages that the page has sent. */
  readonly sent: Record<string, unknown>[] = [];
  /** The code with which the page has closed it; null while it has not. */
  closedWith: number | null = null;
  /** Called with each message of the page. */
  onSent: (message: Record<string, unknown>) => void = () => undefined;
  /** Called once, when either end has closed it. */
  onEnd: () => void = () => undefined;
  #isOver = false;

  /** `opened` is called once the page has added its listeners. */
  constructor(url: string, protocol: string, opened: (socket: MockSocket) => void) {
    super();
    this.url = url;
    this.protocol = protocol;
    queueMicrotask(() => {
      if (!this.#isOver) opened(this);
    });
  }

  // What a page calls.

  send(text: string): void {
    const message: Record<string, unknown> = JSON.parse(text);
    this.sent.push(message);
    this.onSent(message);
  }

  close(code = 1005): void {
    if (this.#isOver) return;
    this.closedWith = code;
    this.#finish();
  }

  // What the mock server calls.

  open(): void {
    this.dispatchEvent(new Event("open"));
  }

  receive(message: object): void {
    if (this.#isOver) return;
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }

  end(code: number): void {
    if (this.#isOver) return;
    this.#finish();
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }

  #finish(): void {
    this.#isOver = true;
    this.onEnd();
  }
}
