// A source that shows what a test gives it.

import { vi } from "vitest";
import { type ConnectionState, type Feed, type Source, staticFeed } from "../src/feeds/feed.js";
import type { AnyEvent } from "../src/protocol/messages.js";
import type { RunNotice } from "../src/protocol/notices.js";

export class FakeSource implements Source {
  feed: Feed & { state: ConnectionState } = staticFeed({ phase: "connecting" });
  close = vi.fn();
  retry = vi.fn();
  readonly #first: ConnectionState;
  readonly #drawn: () => Promise<void>;
  #onChange: () => void = () => undefined;

  /** `first` is the state of a new feed; `drawn` lets what has changed be drawn. */
  constructor(first: ConnectionState = { phase: "connected" }, drawn = nextFrame) {
    this.#first = first;
    this.#drawn = drawn;
  }

  watch(_: string, onChange: () => void): Feed {
    this.#onChange = onChange;
    this.feed = { ...staticFeed(this.#first), close: this.close, retry: this.retry };
    return this.feed;
  }

  async events(...events: AnyEvent[]): Promise<void> {
    await this.notice({
      kind: "events",
      first: this.feed.run.seq + 1,
      timestamp: new Date().toISOString(),
      events,
    });
  }

  async notice(notice: RunNotice): Promise<void> {
    this.feed.run.apply(notice);
    await this.changed();
  }

  async state(state: ConnectionState): Promise<void> {
    this.feed.state = state;
    await this.changed();
  }

  async changed(): Promise<void> {
    this.#onChange();
    await this.#drawn();
  }
}

/** Let the next frame be drawn, with what its effects ask for. */
export async function nextFrame(): Promise<void> {
  await vi.advanceTimersByTimeAsync(50);
}
