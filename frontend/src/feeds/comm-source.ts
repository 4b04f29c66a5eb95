// The runs that a page follows through the comm of one widget.

import { randomId } from "../server/random-id.js";
import type { LoadCode } from "./code-loader.js";
import type { Comm } from "./comm.js";
import { CommCode } from "./comm-code.js";
import { CommFeed } from "./comm-feed.js";
import type { Storage } from "./comm-words.js";
import type { Feed, Source } from "./feed.js";
import { shareFeed } from "./shared.js";

/** How long a run without a view is followed: hosts remove views and make them again. */
const LINGER = 60_000;

/** The run of one widget, for all views of it. */
export class CommSource implements Source {
  readonly #code: CommCode;
  readonly #comm: Comm;
  readonly #storage: Storage;
  readonly #name = `comm ${randomId()}`;

  /** `storage` is where the run is stored. */
  constructor(comm: Comm, storage: Storage) {
    this.#comm = comm;
    this.#storage = storage;
    this.#code = new CommCode(comm);
  }

  get loadCode(): LoadCode {
    return this.#code.load;
  }

  watch(sprintId: string, onChange: () => void): Feed {
    return shareFeed(
      `${this.#name} ${sprintId}`,
      (changed) =>
        new CommFeed({
          ...{ comm: this.#comm, storage: this.#storage, code: this.#code },
          ...{ sprintId, onChange: changed },
        }),
      onChange,
      LINGER,
    );
  }
}
