// What the views of one page share: one feed for each run, however many of them show it.
//
// Each widget's module is loaded on its own, so a variable of this module is not shared. What is
// shared lives under a symbol on `globalThis`; its number changes when its shape changes.

import { type Feed, forwarded } from "./feed.js";

interface Shared {
  feed: Feed;
  listeners: Set<() => void>;
  /** Ends it, when nobody has joined by then. */
  ending: ReturnType<typeof setTimeout> | undefined;
}

/** What all modules of this page share under a name; made when it is first asked for. */
export function ofPage<Kind>(name: string, make: () => Kind): Kind {
  const key = Symbol.for(`realtime-widgets.${name}`);
  const page = globalThis as { [key]?: Kind };
  page[key] ??= make();
  return page[key];
}

function feedsOfPage(): Map<string, Shared> {
  return ofPage("feeds.v2", () => new Map());
}

/**
 * Join the feed of that name, or open it.
 *
 * It is closed when the last who joined has left, after `linger` milliseconds.
 */
export function shareFeed(
  name: string,
  open: (onChange: () => void) => Feed,
  onChange: () => void,
  linger = 0,
): Feed {
  const feeds = feedsOfPage();
  const shared = feeds.get(name) ?? start(open);
  const { feed, listeners } = shared;
  feeds.set(name, shared);
  clearTimeout(shared.ending);
  // Whoever shows a run anew wants it tried anew; the new one is told only of what comes later.
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
      if (linger > 0) shared.ending = setTimeout(end, linger);
      else end();
    },
  });
}

function start(open: (onChange: () => void) => Feed): Shared {
  const listeners = new Set<() => void>();
  const feed = open(() => {
    for (const listener of listeners) listener();
  });
  return { feed, listeners, ending: undefined };
}
