// The ARIA live region of a page, shared by all views: screen readers read its changes.
//
// It is in the page before its first text, because most screen readers ignore text that a region
// already had when it was added. Texts come at most every 3 s, except urgent ones. Views of the
// same run have one text, that of the first of them.

import { pageSingleton } from "../server/page-singleton.js";

/** Delay from a change to its text, in milliseconds, so that changes together have one text. */
const DELAY = 250;

/** Time between two texts, in milliseconds. */
const INTERVAL = 3_000;

/** A view that announces changes. */
export interface Announcing {
  /** The name of its run. */
  name: string;
  /** The text of the changes since the last call; "" for none. */
  takeText(): string;
}

/** Membership of a view in the live region. */
export interface Membership {
  /** Schedule a call of `takeText`; an urgent one does not wait for the interval. */
  request(isUrgent: boolean): void;
  leave(): void;
}

export function joinLiveRegion(view: Announcing): Membership {
  return pageSingleton("region.v2", () => new LiveRegion()).join(view);
}

class LiveRegion {
  #views = new Set<Announcing>();
  #element: HTMLElement | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer fires, by `performance.now()`. */
  #due = Infinity;
  #last = -Infinity;

  join(view: Announcing): Membership {
    this.#views.add(view);
    this.#element ??= document.body.appendChild(makeElement());
    return {
      request: (isUrgent) => this.#request(isUrgent),
      leave: () => this.#leave(view),
    };
  }

  #leave(view: Announcing): void {
    this.#views.delete(view);
    if (this.#views.size > 0) return;
    clearTimeout(this.#timer);
    this.#due = Infinity;
    this.#last = -Infinity;
    this.#element?.remove();
    this.#element = null;
  }

  #request(isUrgent: boolean): void {
    const now = performance.now();
    const due = isUrgent ? now + DELAY : Math.max(now + DELAY, this.#last + INTERVAL);
    if (due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#announce(), due - now);
  }

  #announce(): void {
    this.#due = Infinity;
    const textByRun = new Map<string, string>();
    for (const view of this.#views) {
      const text = view.takeText();
      if (!textByRun.has(view.name)) textByRun.set(view.name, text);
    }
    const texts = [...textByRun].flatMap(([name, text]) => {
      if (text === "") return [];
      return textByRun.size > 1 ? `${name}: ${text}` : text;
    });
    if (texts.length === 0 || !this.#element) return;
    this.#last = performance.now();
    // A new element, so that a repeated text is a change as well.
    const paragraph = document.createElement("p");
    paragraph.textContent = texts.join(". ");
    this.#element.replaceChildren(paragraph);
  }
}

/** Styled here: the style sheet of a view may be in its shadow root. */
function makeElement(): HTMLElement {
  const element = document.createElement("div");
  element.className = "realtime-widgets-live";
  element.role = "status";
  element.ariaLive = "polite";
  element.style.cssText =
    "position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";
  return element;
}
