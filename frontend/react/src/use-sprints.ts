// The hook that follows the list of runs.

import { useMemo, useSyncExternalStore } from "react";
import type { RunState } from "../../src/protocol/messages.gen.js";
import type { RunsState } from "../../src/runs/source.js";
import { useSource } from "./provider.js";
import { RunsStore } from "./runs-store.js";
import type { ServerOptions } from "./server.js";

export interface Sprints {
  /** The states of all runs, the newest first. */
  sprints: readonly RunState[];
  connection: RunsState;
  /** Read the list now. */
  retry: () => void;
}

/** Follow the list of runs, over the one socket that all components of the page share for it. */
export function useSprints(options: Partial<ServerOptions> = {}): Sprints {
  const source = useSource(options);
  const store = useMemo(() => new RunsStore(source), [source]);
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot, initialSnapshot);
  return { ...snapshot, retry: store.retry };
}

const initialSnapshot = () => RunsStore.initial;
