// The list of runs as a store that React subscribes to. Its code is loaded with the first list.

import type { RunState } from "../../src/protocol/messages.gen.js";
import type { RunsSource, RunsState } from "../../src/runs/source.js";
import type { ConfiguredSource } from "./server.js";

interface RunsSnapshot {
  sprints: readonly RunState[];
  connection: RunsState;
}

export class RunsStore {
  static readonly initial: RunsSnapshot = { sprints: [], connection: { phase: "loading" } };
  readonly #source: ConfiguredSource;
  readonly #subscribers = new Set<() => void>();
  #lifetime = new AbortController();
  #runs: RunsSource | null = null;
  #snapshot = RunsStore.initial;

  constructor(source: ConfiguredSource) {
    this.#source = source;
  }

  readonly getSnapshot = (): RunsSnapshot => this.#snapshot;

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#subscribers.add(onChange);
    if (this.#subscribers.size === 1) {
      this.#lifetime = new AbortController();
      void this.#open(this.#lifetime.signal);
    }
    return () => {
      this.#subscribers.delete(onChange);
      if (this.#subscribers.size === 0) this.#lifetime.abort();
    };
  };

  readonly retry = (): void => {
    if (this.#runs !== null) this.#runs.retry();
    else if (!this.#lifetime.signal.aborted) void this.#open(this.#lifetime.signal);
  };

  async #open(signal: AbortSignal): Promise<void> {
    try {
      const { RunsSource } = await import("./list.js");
      if (signal.aborted) return;
      const runs = new RunsSource(this.#source.address);
      this.#runs = runs;
      const leave = runs.listen(() => this.#show({ sprints: runs.runs, connection: runs.state }));
      signal.addEventListener("abort", leave);
      this.#show({ sprints: runs.runs, connection: runs.state });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#show({ sprints: [], connection: { phase: "refused", why } });
    }
  }

  #show(snapshot: RunsSnapshot): void {
    this.#snapshot = snapshot;
    for (const onChange of this.#subscribers) onChange();
  }
}
