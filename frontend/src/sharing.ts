// One feed for each run and page, however many views show it.
//
// Each widget's module is loaded on its own, so a variable of this module is not shared. What is
// shared lives under one symbol on `globalThis`; its number changes when `Feed` changes.

import type { Feed } from "./source.js";

const KEY = Symbol.for("realtime-widgets.feeds.v1");

interface Shared {
  feed: Feed;
  listeners: Set<() => void>;
}

function feedsOfPage(): Map<string, Shared> {
  const page = globalThis as { [KEY]?: Map<string, Shared> };
  page[KEY] ??= new Map();
  return page[KEY];
}

/** Join the feed of that name, or open it; it is closed when the last who joined has left. */
export function shareFeed(
  name: string,
  open: (onChange: () => void) => Feed,
  onChange: () => void,
): Feed {
  const feeds = feedsOfPage();
  const { feed, listeners } = feeds.get(name) ?? start(open);
  feeds.set(name, { feed, listeners });
  // Whoever shows a run anew wants it tried anew; the new one is told only of what comes later.
  if (feed.state.phase === "disconnected") feed.retry();
  const listener = () => onChange();
  listeners.add(listener);
  return {
    get run() {
      return feed.run;
    },
    get state() {
      return feed.state;
    },
    get clockOffset() {
      return feed.clockOffset;
    },
    sendMessage: (event) => feed.sendMessage(event),
    retry: () => feed.retry(),
    close: () => {
      const isLast = listeners.delete(listener) && listeners.size === 0;
      if (!isLast) return;
      feeds.delete(name);
      feed.close();
    },
  };
}

function start(open: (onChange: () => void) => Feed): Shared {
  const listeners = new Set<() => void>();
  const feed = open(() => {
    for (const listener of listeners) listener();
  });
  return { feed, listeners };
}
