// A source that plays a script instead of asking a server.

import type { AnyEvent } from "../src/protocol/messages.js";
import type { Notice } from "../src/protocol/notices.js";
import { Run } from "../src/protocol/run.js";
import type { ConnectionState, Feed, Source } from "../src/source.js";

/** What a script can do to the view. */
export interface Stage {
  events(...events: AnyEvent[]): void;
  notice(notice: Notice): void;
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
    const feed: Feed & { state: ConnectionState } = {
      run: new Run(),
      state: { phase: "connecting" },
      clockOffset: 0,
      sendMessage: () => true,
      retry: () => {
        feed.state = { phase: "connected" };
        onChange();
      },
      close: () => timers.forEach(clearTimeout),
    };
    const notice = (value: Notice) => {
      feed.run.apply(value);
      onChange();
    };
    const stage: Stage = {
      notice,
      events: (...events) =>
        notice({
          kind: "events",
          first: feed.run.seq + 1,
          timestamp: new Date().toISOString(),
          events,
        }),
      state: (state) => {
        feed.state = state;
        onChange();
      },
      after: (milliseconds, act) => timers.add(setTimeout(act, milliseconds)),
    };
    stage.after(0, () => this.#script(stage));
    return feed;
  }
}
