// Follows runs through the first of two sources, and through the second once an attempt of the
// first has failed: the page's server may not have the extension, or refuse the page.

import type { LoadCode } from "./code-loader.js";
import { type Feed, forwarded, type Phase, type Source } from "./feed.js";

const OPEN: ReadonlySet<Phase> = new Set(["connected", "catching_up"]);
const FAILED: ReadonlySet<Phase> = new Set(["reconnecting", "disconnected"]);

export class FallbackSource implements Source {
  readonly #first: Source;
  readonly #second: Source;
  readonly #onFirst: () => void;
  /** Whether the first source has failed; it is not tried again. */
  #hasFailed = false;

  /** `onFirst` is called whenever a run is followed through the first source. */
  constructor(first: Source, second: Source, onFirst: () => void) {
    this.#first = first;
    this.#second = second;
    this.#onFirst = onFirst;
  }

  watch(sprintId: string, onChange: () => void): Feed {
    if (this.#hasFailed) return this.#second.watch(sprintId, onChange);
    // The first attempt decides; a later outage is handled by the source itself.
    let isDecided = false;
    let isClosed = false;
    const decide = () => {
      const { phase } = feed.state;
      // The feed may be shared with earlier views, and have had a connection before.
      const isGood = OPEN.has(phase) || feed.asOf !== null;
      if (isDecided || !(isGood || FAILED.has(phase))) return;
      isDecided = true;
      if (isGood) {
        this.#onFirst();
      } else {
        this.#hasFailed = true;
        feed.close();
        feed = this.#second.watch(sprintId, onChange);
      }
    };
    let feed = this.#first.watch(sprintId, () => {
      if (isClosed) return;
      decide();
      onChange();
    });
    decide();
    // The server may have another version of the code than the view.
    const loadCode: LoadCode = (name, hash) => {
      const { loadCode: second } = this.#second;
      const first = feed.loadCode?.(name, hash) ?? Promise.reject(new Error("there is no server"));
      return second ? first.catch(() => second(name, hash)) : first;
    };
    return forwarded(() => feed, {
      loadCode,
      retry: () => feed.retry(),
      close: () => {
        isClosed = true;
        feed.close();
      },
    });
  }
}
