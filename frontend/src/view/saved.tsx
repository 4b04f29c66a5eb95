// The snapshot saved in a cell, in place of a run that is not available, with the reason.

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Feed } from "../feeds/feed.js";
import { savedWords } from "../ui/words.js";

interface SavedProps {
  feed: Feed;
  sprintId: string;
  snapshot: HTMLElement;
}

export function Saved({ feed, sprintId, snapshot }: SavedProps): JSX.Element {
  const { state } = feed;
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current?.replaceChildren(snapshot), [snapshot]);
  return (
    <section class="rtw-saved" aria-label={`Run ${sprintId}, as it was saved`}>
      <div class="rtw-saved-why" role="status">
        {savedWords(state)}
        {(state.phase === "disconnected" || state.phase === "reconnecting") && (
          <button type="button" class="rtw-button" onClick={feed.retry.bind(feed)}>
            Try again
          </button>
        )}
      </div>
      <div ref={place} />
    </section>
  );
}
