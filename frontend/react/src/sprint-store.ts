// A run as a store that React subscribes to.
//
// Theory of operation. The first subscription loads the client of the protocol, if no other run has,
// and joins the page's feed of the run; the last one leaves it. The feed itself stays for a second,
// so that a component that React mounts twice opens one socket. A change of the feed schedules one
// new snapshot: for the next frame or, as a hidden page has no frames, after 250 ms. Events are
// passed to listeners as they come, not by snapshots, so none is left out however many come between
// two frames.

import type { Feed } from "../../src/feeds/feed.js";
import type { AnyEvent } from "../../src/protocol/messages.js";
import { report } from "./report.js";
import type { ServerOptions } from "./server.js";
import { INITIAL, type SprintState } from "./sprint-state.js";

type Client = typeof import("./client.js");

/** Longest time to the next snapshot, in milliseconds. */
const LATEST = 250;

/** Most events that wait until the client is loaded; then its own queue has them. */
const MAX_UNSENT = 100;

/** An event with its run. */
type RunEvent = AnyEvent & { sprint_id: string };

export interface SprintSnapshot extends SprintState {
  lastMessage: RunEvent | null;
}

export const INITIAL_SNAPSHOT: SprintSnapshot = { ...INITIAL, lastMessage: null };

export class SprintStore {
  readonly #server: ServerOptions;
  readonly #sprintId: string;
  readonly #maxLogs: number;
  readonly #subscribers = new Set<() => void>();
  readonly #listeners = new Set<(event: RunEvent) => void>();
  #lifetime = new AbortController();
  #client: Client | null = null;
  #feed: Feed | null = null;
  #unsent: AnyEvent[] = [];
  #snapshot = INITIAL_SNAPSHOT;
  #lastMessage: RunEvent | null = null;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `maxLogs`: most lines of a snapshot. */
  constructor(server: ServerOptions, sprintId: string, maxLogs: number) {
    this.#server = server;
    this.#sprintId = sprintId;
    this.#maxLogs = maxLogs;
  }

  readonly getSnapshot = (): SprintSnapshot => this.#snapshot;

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#subscribers.add(onChange);
    if (this.#subscribers.size === 1) this.#open();
    return () => {
      this.#subscribers.delete(onChange);
      if (this.#subscribers.size === 0) this.#close();
    };
  };

  /** Call `onMessage` with each event that comes while there is a subscription. */
  readonly listen = (onMessage: (event: RunEvent) => void): (() => void) => {
    this.#listeners.add(onMessage);
    return () => this.#listeners.delete(onMessage);
  };

  readonly sendMessage = (event: AnyEvent): boolean => {
    if (this.#feed !== null) return this.#feed.sendMessage(event);
    const mayWait = this.#subscribers.size > 0 && event.type !== "ping";
    if (!mayWait || this.#unsent.length === MAX_UNSENT) return false;
    this.#unsent.push(event);
    return true;
  };

  readonly answer = async (id: string, value: unknown): Promise<void> => {
    const [client, feed] = [this.#client, this.#feed];
    if (client === null || feed === null) throw new Error("There is no connection to the run.");
    await client.sendReply(feed, { id, value }, this.#lifetime.signal);
  };

  readonly retry = (): void => {
    if (this.#feed !== null) this.#feed.retry();
    else if (this.#snapshot.connection.phase === "disconnected") {
      this.#show({ connection: { phase: "connecting" } });
      this.#open();
    }
  };

  #open(): void {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    import("./run-client.js")
      .then((client) => {
        if (!signal.aborted) this.#follow(client);
      })
      .catch((error: unknown) => {
        if (signal.aborted) return;
        this.#show({ connection: { phase: "disconnected", why: String(error) } });
      });
  }

  #follow(client: Client): void {
    const source = new client.ConfiguredSource(this.#server);
    const feed = source.watch(this.#sprintId, () => this.#changed());
    this.#client = client;
    this.#feed = feed;
    feed.run.listeners.add(this.#received);
    for (const event of this.#unsent.splice(0)) feed.sendMessage(event);
    // Another component may have read the run already.
    const { lastEvent } = feed.run;
    if (lastEvent !== null) this.#lastMessage = this.#withRun(lastEvent);
    this.#update();
  }

  #close(): void {
    this.#lifetime.abort();
    this.#cancel();
    this.#feed?.run.listeners.delete(this.#received);
    this.#feed?.history?.want(this, null);
    this.#feed?.close();
    this.#feed = null;
  }

  readonly #received = (event: AnyEvent): void => {
    const message = this.#withRun(event);
    this.#lastMessage = message;
    for (const listener of this.#listeners) {
      try {
        listener(message);
      } catch (error) {
        // An error of the page's own code must not keep the run from being read.
        report(error);
      }
    }
  };

  #withRun(event: AnyEvent): RunEvent {
    return { ...event, sprint_id: this.#sprintId };
  }

  #changed(): void {
    if (this.#timer !== undefined) return;
    const update = () => {
      this.#cancel();
      this.#update();
    };
    this.#frame = requestAnimationFrame(update);
    this.#timer = setTimeout(update, LATEST);
  }

  #cancel(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #update(): void {
    const [client, feed] = [this.#client, this.#feed];
    if (client === null || feed === null) return;
    this.#show(client.stateOf(feed, this.#maxLogs, this.#snapshot));
    feed.history?.want(this, client.missingBefore(feed.run.log, this.#maxLogs));
  }

  #show(changes: Partial<SprintState>): void {
    this.#snapshot = { ...this.#snapshot, ...changes, lastMessage: this.#lastMessage };
    for (const onChange of this.#subscribers) onChange();
  }
}
