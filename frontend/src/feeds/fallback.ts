// Follows runs over the first of two sources, and over the second from the first attempt on that
// fails: a page may come from a server that has no such extension, or that does not let it in.

import { type Feed, forwarded, type Phase, type Source } from "./feed.js";

const OPEN: ReadonlySet<Phase> = new Set(["connected", "catching_up"]);
const FAILED: ReadonlySet<Phase> = new Set(["reconnecting", "disconnected"]);

export class FallbackSource implements Source {
  readonly #first: Source;
  readonly #second: Source;
  readonly #onFirst: () => void;
  /** Whether the first source failed once; it is not tried again. */
  #hasFailed = false;

  /** `onFirst` is called whenever a run is followed over the first source. */
  constructor(first: Source, second: Source, onFirst: () => void) {
    this.#first = first;
    this.#second = second;
    this.#onFirst = onFirst;
  }

  watch(sprintId: string, onChange: () => void): Feed {
    if (this.#hasFailed) return this.#second.watch(sprintId, onChange);
    // Decided by the first attempt: an outage later is for the source itself to get over.
    let isDecided = false;
    let isClosed = false;
    const decide = () => {
      const { phase } = feed.state;
      // The feed may be that of other views, and have had a connection before this one came.
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
    return forwarded(() => feed, {
      retry: () => feed.retry(),
      close: () => {
        isClosed = true;
        feed.close();
      },
    });
  }
}
