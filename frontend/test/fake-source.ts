// A source whose feed is controlled by the test.

import { vi } from "vitest";
import type { ConnectionState, Feed, Source } from "../src/feeds/feed.js";
import { staticFeed } from "../src/feeds/static-feed.js";
import type { AnyEvent } from "../src/protocol/messages.js";
import type { RunNotice } from "../src/protocol/notices.js";

export class FakeSource implements Source {
  feed: Feed & { state: ConnectionState } = staticFeed({ phase: "connecting" });
  close = vi.fn();
  retry = vi.fn();
  readonly #first: ConnectionState;
  readonly #drawn: () => Promise<void>;
  #onChange: () => void = () => undefined;

  /** `first` is the state of a new feed; `drawn` waits until changes are drawn. */
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

/** Wait for the next frame and its effects. */
export async function nextFrame(): Promise<void> {
  await vi.advanceTimersByTimeAsync(50);
}
