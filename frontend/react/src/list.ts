// What is loaded with the first list of runs.

import type { RunState } from "../../src/protocol/messages.gen.js";
import { RunsSource, type RunsState } from "../../src/runs/source.js";
import { ConfiguredSource, type ServerOptions } from "./server.js";

// With what each run needs, so that the bundler makes one file of that.
export * from "./client.js";

export interface Sprints {
  /** The states of all runs, the newest first. */
  sprints: readonly RunState[];
  connection: RunsState;
  /** Read the list now. */
  retry: () => void;
}

/** Pass the list on to `onChange`, now and after each change, until the signal is aborted. */
export function followList(
  server: ServerOptions,
  signal: AbortSignal,
  onChange: (list: Sprints) => void,
): void {
  const runs = new RunsSource(new ConfiguredSource(server).address);
  const retry = () => runs.retry();
  const changed = () => onChange({ sprints: runs.runs, connection: runs.state, retry });
  signal.addEventListener("abort", runs.listen(changed));
  changed();
}
