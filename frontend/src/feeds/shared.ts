// One feed for each run of a page, shared by all views of that run.

import { pageSingleton } from "../server/page-singleton.js";
import { type Feed, forwarded } from "./feed.js";

interface SharedFeed {
  feed: Feed;
  listeners: Set<() => void>;
  /** Closes the feed; set while it has no listener. */
  closing: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Join the feed of a name, or open it.
 *
 * It is closed `linger` milliseconds after its last view has left it, unless another view joins.
 */
export function shareFeed(
  name: string,
  open: (onChange: () => void) => Feed,
  onChange: () => void,
  linger = 0,
): Feed {
  const feeds = pageSingleton("feeds.v3", () => new Map<string, SharedFeed>());
  const shared = feeds.get(name) ?? start(open);
  const { feed, listeners } = shared;
  feeds.set(name, shared);
  clearTimeout(shared.closing);
  // A new view of a run is a reason to retry. Its listener is added later, because its `watch` has
  // not returned yet.
  if (feed.state.phase === "disconnected") feed.retry();
  const listener = () => onChange();
  listeners.add(listener);
  return forwarded(() => feed, {
    retry: () => feed.retry(),
    close: () => {
      const isLast = listeners.delete(listener) && listeners.size === 0;
      if (!isLast) return;
      const end = () => {
        feeds.delete(name);
        feed.close();
      };
      if (linger > 0) shared.closing = setTimeout(end, linger);
      else end();
    },
  });
}

function start(open: (onChange: () => void) => Feed): SharedFeed {
  const listeners = new Set<() => void>();
  const feed = open(() => {
    for (const listener of listeners) listener();
  });
  return { feed, listeners, closing: undefined };
}
