// The list of runs of one server, shared by all lists of a browser page.

import type { Reply } from "../feeds/reply.js";
import type { RunState } from "../protocol/messages.gen.js";
import { connectionKey, type ServerAddress } from "../server/address.js";
import { type Browser, thisBrowser } from "../server/browser.js";
import { type Kernels, kernelsOf } from "../server/kernels.js";
import { pageSingleton } from "../server/page-singleton.js";
import { RunListFollower, type RunsState } from "./follower.js";

export type { RunsState } from "./follower.js";

/** The public part of `RunsSource`, for fakes in tests. */
export type Runs = Pick<RunsSource, keyof RunsSource>;

/** The runs of one server. */
export class RunsSource {
  /** The server's URL. */
  readonly url: string;
  /** The kernels of the server; null where the page has none. */
  readonly kernels: Kernels | null;
  readonly #follower: RunListFollower;

  constructor(server: ServerAddress, browser: Browser = thisBrowser()) {
    this.url = server.apiUrl;
    this.kernels = server.isSameHost ? kernelsOf(server, browser) : null;
    const followers = pageSingleton("runs.v5", () => new Map<string, RunListFollower>());
    const key = connectionKey(server);
    this.#follower = followers.get(key) ?? new RunListFollower(server, browser);
    followers.set(key, this.#follower);
  }

  /** As of the last response, the newest first. */
  get runs(): readonly RunState[] {
    return this.#follower.runs;
  }

  /** Ids of the runs whose notebook does not exist any more. */
  get withoutNotebook(): ReadonlySet<string> {
    return this.#follower.withoutNotebook;
  }

  /** Why the server keeps runs in memory only; null where they outlive it. */
  get keptInMemoryBecause(): string | null {
    return this.#follower.keptInMemoryBecause;
  }

  get ids(): string[] {
    return this.runs.map((run) => run.sprint_id);
  }

  get state(): RunsState {
    return this.#follower.state;
  }

  /** The server's time, in milliseconds since 1970; it stops while the list is not live. */
  get now(): number {
    return this.#follower.now;
  }

  /** When the list was last up to date, by this machine's clock; null while it is, or never was. */
  get asOf(): number | null {
    return this.#follower.asOf;
  }

  /**
   * Call `onChange` after each change. The first listener starts the connection, the last one ends
   * it. While the page is hidden there is a connection only where a listener's `worksHidden` holds.
   */
  listen(onChange: () => void, worksHidden?: () => boolean): () => void {
    return this.#follower.listen(onChange, worksHidden);
  }

  /** Read the list now. */
  retry(): void {
    this.#follower.retry();
  }

  /** The list became visible: bring it up to date now, unless the server has no extension. */
  refresh(): void {
    this.#follower.refresh();
  }

  /** Answer an open question of a run. Throws `RequestError`. */
  reply(sprintId: string, reply: Reply): Promise<void> {
    return this.#follower.reply(sprintId, reply);
  }

  /** Delete a run with all of its events. Throws `RequestError`. */
  delete(sprintId: string): Promise<void> {
    return this.#follower.delete(sprintId);
  }
}
