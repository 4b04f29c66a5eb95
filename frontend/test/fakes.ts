// Fakes of the browser, its WebSocket and a widget's comm, controlled by the test.

import { vi } from "vitest";
import type { Comm } from "../src/feeds/comm.js";
import type { AnyEvent, Welcome } from "../src/protocol/messages.js";
import type { Browser } from "../src/server/browser.js";

export const SERVER = {
  apiUrl: "http://lab/realtime/api/",
  socketUrl: "ws://lab/realtime/ws/",
  token: "",
  isSameHost: true,
};

export class FakeWebSocket extends EventTarget {
  static all: FakeWebSocket[] = [];

  static get last(): FakeWebSocket {
    const socket = FakeWebSocket.all.at(-1);
    if (!socket) throw new Error("no socket was made");
    return socket;
  }

  readonly url: string;
  readonly protocol: string;
  readonly sent: Record<string, unknown>[] = [];
  closedWith: number | null = null;
  listeners = 0;

  constructor(url: string, protocol: string) {
    super();
    this.url = url;
    this.protocol = protocol;
    FakeWebSocket.all.push(this);
  }

  override addEventListener(
    type: string,
    listener: EventListener,
    options: { signal: AbortSignal },
  ): void {
    super.addEventListener(type, listener, options);
    this.listeners += 1;
    options.signal.addEventListener("abort", () => {
      this.listeners -= 1;
    });
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code: number): void {
    // As the browser: these are the only codes that a page may send.
    if (code !== 1000 && !(code >= 3000 && code < 5000)) throw new Error(`code ${code}`);
    this.closedWith ??= code;
  }

  open(): void {
    this.dispatchEvent(new Event("open"));
  }

  receive(message: object): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }

  /** The server closes the socket, or the network fails. */
  lose(code: number): void {
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }

  /** Open the socket and receive `welcome`. */
  welcome(fields = {}): void {
    this.open();
    this.receive(welcome(fields));
  }
}

export function welcome(fields: Partial<Welcome> = {}): Welcome {
  return {
    type: "welcome",
    v: 1,
    session: "s",
    sprint_id: "run",
    epoch: "e1",
    first: 1,
    head: 0,
    entry: null,
    recovered: null,
    may_publish: true,
    last_n: null,
    limits: {
      message_bytes: 1_048_576,
      event_bytes: 262_144,
      batch_events: 200,
      batch_bytes: 65_536,
      window: 5,
    },
    ping_s: 25,
    pong_s: 20,
    server_time: "2026-11-22T22:00:00.000Z",
    similar: [],
    kept_in_memory_because: null,
    ...fields,
  };
}

export function events(first: number, ...items: AnyEvent[]): object {
  const batch = { first, entry: `b${first}`, timestamp: "2026-11-22T22:00:00.000Z", user: null };
  return { type: "events", epoch: "e1", batches: [{ ...batch, events: items }] };
}

export const log = (message: string): AnyEvent => ({ type: "log", message });

/** An event target that counts its listeners. */
export class CountingTarget extends EventTarget {
  listeners = 0;
  cookie = "_xsrf=2|abc; other=1";
  visibilityState: DocumentVisibilityState = "visible";

  override addEventListener(
    type: string,
    listener: EventListener,
    options: { signal: AbortSignal },
  ): void {
    super.addEventListener(type, listener, options);
    this.listeners += 1;
    options.signal.addEventListener("abort", () => {
      this.listeners -= 1;
    });
  }
}

export interface FakeBrowser extends Browser {
  window: CountingTarget;
  document: CountingTarget;
  fetch: ReturnType<typeof vi.fn<typeof fetch>>;
}

/** A browser with the clock of the fake timers, whose `random` always returns `chance`. */
export function fakeBrowser(chance = 0.5): FakeBrowser {
  FakeWebSocket.all = [];
  let tickets = 0;
  return {
    fetch: vi.fn<typeof fetch>(async () => {
      tickets += 1;
      return Response.json({ ticket: `ticket ${tickets}` });
    }),
    WebSocket: FakeWebSocket as unknown as typeof WebSocket,
    window: new CountingTarget(),
    document: new CountingTarget(),
    now: () => Date.now(),
    clock: () => Date.now(),
    random: () => chance,
    randomId: () => "0".repeat(32),
  };
}

type Content = Record<string, unknown>;

export class FakeComm implements Comm {
  readonly #callbacks = new Map<string, Set<(content: unknown) => void>>();
  #sent: Content[] = [];

  send(content: object): void {
    this.#sent.push(content as Content);
  }

  on(event: string, callback: (content: unknown) => void): void {
    this.#callbacks.set(event, (this.#callbacks.get(event) ?? new Set()).add(callback));
  }

  off(event: string, callback: (content: unknown) => void): void {
    this.#callbacks.get(event)?.delete(callback);
  }

  emit(event: string, content?: unknown): void {
    for (const callback of this.#callbacks.get(event) ?? []) callback(content);
  }

  /** The kernel sends a message. */
  receive(content: unknown): void {
    this.emit("msg:custom", content);
  }

  /** The kernel sends a message of a stream. */
  relay(stream: string, n: number, ...messages: object[]): void {
    this.receive({ stream, n, messages: messages.map((message) => JSON.stringify(message)) });
  }

  /** The messages of the page. */
  sent(): Content[] {
    return this.#sent;
  }

  forget(): void {
    this.#sent = [];
  }

  /** The protocol messages in a message of the page. */
  messages(content: Content | undefined): unknown[] {
    const texts = content?.["messages"];
    return Array.isArray(texts) ? texts.map((text) => JSON.parse(String(text))) : [];
  }

  get listeners(): number {
    return [...this.#callbacks.values()].reduce((sum, each) => sum + each.size, 0);
  }
}
