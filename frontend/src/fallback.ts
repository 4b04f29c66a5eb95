// Follows a run over the first of two sources, and over the second where the first attempt fails:
// a page may come from a server that has no such extension, or that does not let it in.

import { type Feed, forwarded, type Phase, type Source } from "./source.js";

const OPEN: ReadonlySet<Phase> = new Set(["connected", "catching_up"]);
const FAILED: ReadonlySet<Phase> = new Set(["reconnecting", "disconnected"]);

export class FallbackSource implements Source {
  readonly #first: Source;
  readonly #second: Source;
  readonly #onFirst: () => void;

  /** `onFirst` is called when the first source works. */
  constructor(first: Source, second: Source, onFirst: () => void) {
    this.#first = first;
    this.#second = second;
    this.#onFirst = onFirst;
  }

  watch(sprintId: string, onChange: () => void): Feed {
    // Decided by the first attempt: an outage later is for the source itself to get over.
    let isDecided = false;
    let isClosed = false;
    const changed = () => {
      if (isClosed) return;
      const { phase } = feed.state;
      if (!isDecided && OPEN.has(phase)) {
        isDecided = true;
        this.#onFirst();
      } else if (!isDecided && FAILED.has(phase)) {
        isDecided = true;
        feed.close();
        feed = this.#second.watch(sprintId, onChange);
      }
      onChange();
    };
    let feed = this.#first.watch(sprintId, changed);
    return forwarded(() => feed, {
      retry: () => feed.retry(),
      close: () => {
        isClosed = true;
        feed.close();
      },
    });
  }
}
