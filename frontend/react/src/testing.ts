// A server in place of the real one, for tests of pages that use this package.
//
//     const server = mockServer();                    // replaces WebSocket and fetch
//     const sprint = server.sprint("nightly");
//     render(<RealtimeProvider url="http://test/realtime"><Page /></RealtimeProvider>);
//     sprint.publish({ type: "log", message: "hello" });
//     await screen.findByText("hello");
//     server.restore();
//
// It follows the protocol as far as pages need it: tickets, `hello` and `welcome`, events from the
// position of the client on, acks, answers to questions and pings; and plain mode. It keeps all events, and sends all of
// them to a page that joins.

import {
  type AnyEvent,
  PROTOCOL_VERSION,
  SUBPROTOCOL,
  type Welcome,
} from "../../src/protocol/messages.js";
import { MockSocket } from "./mock-socket.js";

const EPOCH = "0".repeat(32);
const LIMITS = {
  message_bytes: 1_048_576,
  event_bytes: 262_144,
  batch_events: 200,
  batch_bytes: 64_000,
  window: 10,
};

/** A run of a mock server. */
export class MockSprint {
  /** The events that pages have published, in order. */
  readonly received: AnyEvent[] = [];
  readonly #id: string;
  readonly #log: AnyEvent[] = [];
  readonly #sockets = new Set<MockSocket>();
  #isRefusing = false;
  #opened = 0;

  constructor(id: string) {
    this.#id = id;
  }

  /** Number of connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Number of connections that were opened so far. */
  get opened(): number {
    return this.#opened;
  }

  /** Publish events; all pages that are connected get them at once, as one batch. */
  publish(...events: AnyEvent[]): void {
    const first = this.#log.length + 1;
    this.#log.push(...events);
    for (const socket of this.#sockets) this.#send(socket, first);
  }

  /** Answer a question, as a page does by a request; all pages that are connected get the answer. */
  reply(id: string, value: unknown): Response {
    const ofQuestion = this.#log.filter((event) => event["id"] === id);
    const isOpen = ofQuestion.length === 1 && ofQuestion[0]?.type === "question";
    if (!isOpen) {
      const message = `there is no open question "${id}"`;
      return Response.json({ code: "already_answered", message }, { status: 409 });
    }
    this.#add([{ type: "answer", id, value }]);
    return Response.json({ seq: this.#log.length });
  }

  /** Close all connections, as a server that ends; by default the pages connect again. */
  disconnect(code = 1001): void {
    for (const socket of [...this.#sockets]) socket.end(code);
  }

  /** Whether connections fail, as with a server that is down. */
  setDown(isDown: boolean): void {
    this.#isRefusing = isDown;
    if (isDown) this.disconnect(1006);
  }

  /** A socket of a page for this run. */
  connect(socket: MockSocket): void {
    if (this.#isRefusing) {
      socket.end(1006);
      return;
    }
    this.#opened += 1;
    this.#sockets.add(socket);
    socket.onSent = (message) => this.#receive(socket, message);
    socket.onEnd = () => this.#sockets.delete(socket);
    socket.open();
    if (isPlain(socket)) this.#send(socket, 1);
  }

  #receive(socket: MockSocket, message: Record<string, unknown>): void {
    switch (message["type"]) {
      case "ping":
        socket.receive({ type: "pong" });
        break;
      case "hello":
        socket.receive(this.#welcome());
        this.#send(socket, positionOf(message) + 1);
        break;
      case "publish":
        this.#store(socket, message);
        break;
      default:
        // In plain mode, any other object is an event (protocol 9).
        if (isPlain(socket)) this.#add([message as AnyEvent]);
    }
  }

  #add(events: AnyEvent[]): void {
    this.received.push(...events);
    this.publish(...events);
  }

  #store(socket: MockSocket, message: Record<string, unknown>): void {
    const events = message["events"] as AnyEvent[];
    this.#add(events);
    const upTo = Number(message["first_n"]) + events.length - 1;
    socket.receive({
      type: "ack",
      up_to: upTo,
      seq: this.#log.length,
      epoch: EPOCH,
      duplicate: false,
    });
  }

  /** Send the events from a number on. */
  #send(socket: MockSocket, first: number): void {
    const events = this.#log.slice(first - 1);
    if (events.length === 0) return;
    const timestamp = new Date().toISOString();
    if (isPlain(socket)) {
      const added = { sprint_id: this.#id, timestamp, user: null };
      for (const [at, event] of events.entries()) {
        socket.receive({ ...event, ...added, seq: first + at });
      }
      return;
    }
    const batch = { first, entry: `batch ${first}`, timestamp, user: null, events };
    socket.receive({ type: "events", epoch: EPOCH, batches: [batch] });
  }

  #welcome(): Welcome {
    return {
      type: "welcome",
      v: PROTOCOL_VERSION,
      session: "mock",
      sprint_id: this.#id,
      epoch: EPOCH,
      first: 1,
      head: this.#log.length,
      entry: null,
      recovered: null,
      may_publish: true,
      last_n: null,
      limits: LIMITS,
      ping_s: 25,
      pong_s: 20,
      server_time: new Date().toISOString(),
      similar: [],
      kept_in_memory_because: null,
    };
  }
}

/** The number of the last event that the client of a `hello` has. */
function positionOf(hello: Record<string, unknown>): number {
  const { after } = (hello["watch"] ?? {}) as { after?: { seq: number } | null };
  return after?.seq ?? 0;
}

function isPlain({ protocol }: MockSocket): boolean {
  return protocol !== SUBPROTOCOL;
}

/** A mock server; `restore` gives the page its own functions back. */
export interface MockServer {
  /** The run of a name. */
  sprint(id: string): MockSprint;
  /** All sockets that the page has opened, with their addresses. */
  readonly sockets: readonly MockSocket[];
  restore(): void;
}

/** Replace `WebSocket` and `fetch` of the page by those of a mock server. */
export function mockServer(): MockServer {
  const sprints = new Map<string, MockSprint>();
  const sockets: MockSocket[] = [];
  const before = { WebSocket: globalThis.WebSocket, fetch: globalThis.fetch };
  const sprint = (id: string) => {
    const known = sprints.get(id) ?? new MockSprint(id);
    sprints.set(id, known);
    return known;
  };
  const opened = (socket: MockSocket) => {
    sockets.push(socket);
    const name = new URL(socket.url).pathname.split("/").at(-1) ?? "";
    sprint(decodeURIComponent(name)).connect(socket);
  };
  Object.assign(globalThis, {
    WebSocket: class extends MockSocket {
      constructor(url: string, protocol?: string) {
        super(url, protocol, opened);
      }
    },
    fetch: async (url: string, { body }: { body?: string } = {}) => {
      const run = /\/sprints\/([^/]+)\/replies$/.exec(url)?.[1];
      if (run === undefined) return Response.json({ ticket: "mock" });
      const { id, value } = JSON.parse(body ?? "{}") as { id: string; value: unknown };
      return sprint(decodeURIComponent(run)).reply(id, value);
    },
  });
  return { sprint, sockets, restore: () => void Object.assign(globalThis, before) };
}
