// A run as a store that React subscribes to.
//
// Theory of operation. The first subscription joins the page's feed of the run, the last one leaves
// it; the feed itself stays for a second, so that a component that React mounts twice opens one
// socket. A change of the feed schedules one new snapshot: for the next frame or, as a hidden page
// has no frames, after 250 ms. Events are passed to listeners as they come, not by snapshots, so
// none is left out however many come between two frames.

import type { Feed, Source } from "../../src/feeds/feed.js";
import type { AnyEvent } from "../../src/protocol/messages.js";
import { report } from "./report.js";
import { INITIAL, missingBefore, type SprintState, stateOf } from "./sprint-state.js";

/** Longest time to the next snapshot, in milliseconds. */
const LATEST = 250;

/** An event with its run. */
type RunEvent = AnyEvent & { sprint_id: string };

export interface SprintSnapshot extends SprintState {
  lastMessage: RunEvent | null;
}

export const INITIAL_SNAPSHOT: SprintSnapshot = { ...INITIAL, lastMessage: null };

export class SprintStore {
  readonly #source: Source;
  readonly #sprintId: string;
  readonly #maxLogs: number;
  readonly #subscribers = new Set<() => void>();
  readonly #listeners = new Set<(event: RunEvent) => void>();
  #feed: Feed | null = null;
  #snapshot = INITIAL_SNAPSHOT;
  #lastMessage: RunEvent | null = null;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `maxLogs`: most lines of a snapshot. */
  constructor(source: Source, sprintId: string, maxLogs: number) {
    this.#source = source;
    this.#sprintId = sprintId;
    this.#maxLogs = maxLogs;
  }

  readonly getSnapshot = (): SprintSnapshot => this.#snapshot;

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#subscribers.add(onChange);
    if (this.#feed === null) this.#open();
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

  readonly sendMessage = (event: AnyEvent): boolean => this.#feed?.sendMessage(event) ?? false;

  readonly retry = (): void => this.#feed?.retry();

  #open(): void {
    const feed = this.#source.watch(this.#sprintId, () => this.#changed());
    this.#feed = feed;
    feed.run.listeners.add(this.#received);
    const { lastEvent } = feed.run;
    // Another component may have read the run already.
    if (lastEvent !== null) this.#lastMessage = this.#withRun(lastEvent);
    this.#update();
  }

  #close(): void {
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
      for (const onChange of this.#subscribers) onChange();
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
    const feed = this.#feed;
    if (feed === null) return;
    const state = stateOf(feed, this.#maxLogs, this.#snapshot);
    this.#snapshot = { ...state, lastMessage: this.#lastMessage };
    feed.history?.want(this, missingBefore(feed.run.log, this.#maxLogs));
  }
}
