// A source that plays a script, without a server.

import type { ConnectionState, Feed, Source } from "../src/feeds/feed.js";
import { localSearch } from "../src/feeds/local-search.js";
import { Run } from "../src/model/run.js";
import type { AnyEvent } from "../src/protocol/messages.js";
import type { RunNotice } from "../src/protocol/notices.js";

/** What a script can change in the view. */
export interface Stage {
  events(...events: AnyEvent[]): void;
  /** Apply events as stored so many seconds ago. */
  ago(seconds: number, ...events: AnyEvent[]): void;
  notice(notice: RunNotice): void;
  state(state: ConnectionState): void;
  after(milliseconds: number, act: () => void): void;
}

export type Script = (stage: Stage) => void;

export class FakeSource implements Source {
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  watch(_sprintId: string, onChange: () => void): Feed {
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const run = new Run();
    const feed: Feed & { state: ConnectionState; asOf: number | null } = {
      run,
      state: { phase: "connecting" },
      clockOffset: 0,
      asOf: null,
      history: null,
      search: localSearch(run),
      fileUrl: null,
      sendMessage: () => true,
      retry: () => {
        feed.state = { phase: "connected" };
        feed.asOf = null;
        onChange();
      },
      close: () => timers.forEach(clearTimeout),
    };
    const notice = (value: RunNotice) => {
      feed.run.apply(value);
      onChange();
    };
    const ago: Stage["ago"] = (seconds, ...events) =>
      notice({
        kind: "events",
        first: feed.run.seq + 1,
        timestamp: new Date(Date.now() - seconds * 1000).toISOString(),
        events,
      });
    const stage: Stage = {
      notice,
      ago,
      events: (...events) => ago(0, ...events),
      state: (state) => {
        const isOpen = state.phase === "connected" || state.phase === "catching_up";
        feed.asOf = isOpen || feed.run.isEmpty ? null : Date.now();
        feed.state = state;
        onChange();
      },
      after: (milliseconds, act) => timers.add(setTimeout(act, milliseconds)),
    };
    stage.after(0, () => this.#script(stage));
    return feed;
  }
}
