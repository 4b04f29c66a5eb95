// The page's end of a connection to a mock server.

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;

export class MockSocket extends EventTarget {
  static readonly OPEN = OPEN;
  readonly url: string;
  /** The subprotocol; undefined in plain mode. */
  readonly protocol: string | undefined;
  readyState = CONNECTING;
  /** The messages that the page has sent. */
  readonly sent: Record<string, unknown>[] = [];
  /** The code with which the page has closed it; null while it has not. */
  closedWith: number | null = null;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: Event) => void) | null = null;
  /** Called with each message of the page. */
  onSent: (message: Record<string, unknown>) => void = () => undefined;
  /** Called once, when either end has closed it. */
  onEnd: () => void = () => undefined;

  /** `opened` is called once the page has added its listeners. */
  constructor(url: string, protocol: string | undefined, opened: (socket: MockSocket) => void) {
    super();
    this.url = url;
    this.protocol = protocol;
    queueMicrotask(() => {
      if (this.readyState !== CLOSED) opened(this);
    });
  }

  // What a page calls.

  send(text: string): void {
    const message: Record<string, unknown> = JSON.parse(text);
    this.sent.push(message);
    this.onSent(message);
  }

  close(code = 1005): void {
    if (this.readyState === CLOSED) return;
    this.closedWith = code;
    this.#finish();
  }

  // What the mock server calls.

  open(): void {
    this.readyState = OPEN;
    const event = new Event("open");
    this.onopen?.(event);
    this.dispatchEvent(event);
  }

  receive(message: object): void {
    if (this.readyState === CLOSED) return;
    const event = new MessageEvent("message", { data: JSON.stringify(message) });
    this.onmessage?.(event);
    this.dispatchEvent(event);
  }

  end(code: number): void {
    if (this.readyState === CLOSED) return;
    this.#finish();
    const event = Object.assign(new Event("close"), { code });
    this.onclose?.(event);
    this.dispatchEvent(event);
  }

  #finish(): void {
    this.readyState = CLOSED;
    this.onEnd();
  }
}
