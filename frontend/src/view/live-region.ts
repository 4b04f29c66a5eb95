// The one place of a page from which changes are read out loud, whatever number of views it has.
//
// It is in the page before there are words in it, because most screen readers say only what changes
// in a place that they know. Views of the same run speak with one voice: that of the first of them.

import { pageSingleton } from "../server/page-singleton.js";

/** How long after a change its words are put in, in milliseconds: one text for what comes together. */
const SOON = 250;

/** Time between two texts. */
const EVERY = 3_000;

/** What a view has to say. */
export interface Speaker {
  /** The name of its run. */
  name: string;
  /** What is new since the last call; "" for nothing. */
  news(): string;
}

export interface Voice {
  /** Ask for its news: soon, but for what is not urgent not too soon after the last text. */
  wake(isUrgent: boolean): void;
  leave(): void;
}

/** Have the news of a view read out. */
export function speakFor(speaker: Speaker): Voice {
  return pageSingleton("region.v1", () => new LiveRegion()).join(speaker);
}

class LiveRegion {
  #speakers = new Set<Speaker>();
  #place: HTMLElement | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer goes off, by `performance.now()`. */
  #due = Infinity;
  #last = -Infinity;

  join(speaker: Speaker): Voice {
    this.#speakers.add(speaker);
    this.#place ??= document.body.appendChild(makePlace());
    return {
      wake: (isUrgent) => this.#wake(isUrgent),
      leave: () => this.#leave(speaker),
    };
  }

  #leave(speaker: Speaker): void {
    this.#speakers.delete(speaker);
    if (this.#speakers.size > 0) return;
    clearTimeout(this.#timer);
    this.#due = Infinity;
    this.#last = -Infinity;
    this.#place?.remove();
    this.#place = null;
  }

  #wake(isUrgent: boolean): void {
    const now = performance.now();
    const due = isUrgent ? now + SOON : Math.max(now + SOON, this.#last + EVERY);
    if (due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#speak(), due - now);
  }

  #speak(): void {
    this.#due = Infinity;
    const news = new Map<string, string>();
    for (const speaker of this.#speakers) {
      const words = speaker.news();
      if (!news.has(speaker.name)) news.set(speaker.name, words);
    }
    const texts = [...news].flatMap(([name, words]) => {
      if (words === "") return [];
      return news.size > 1 ? `${name}: ${words}` : words;
    });
    if (texts.length === 0 || !this.#place) return;
    this.#last = performance.now();
    // A new element, so that the same words as before are a change as well.
    const text = document.createElement("p");
    text.textContent = texts.join(". ");
    this.#place.replaceChildren(text);
  }
}

/** Styled here: the style sheet of a view may be inside its shadow root only. */
function makePlace(): HTMLElement {
  const place = document.createElement("div");
  place.className = "realtime-widgets-live";
  place.role = "status";
  place.ariaLive = "polite";
  place.style.cssText =
    "position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";
  return place;
}
