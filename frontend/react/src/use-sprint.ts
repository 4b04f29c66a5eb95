// The hook that follows a run.

import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { KnownEvent } from "../../src/protocol/messages.js";
import { useServer } from "./provider.js";
import type { ServerOptions } from "./server.js";
import type { SprintState } from "./sprint-state.js";
import { INITIAL_SNAPSHOT, SprintStore } from "./sprint-store.js";

/** What the server adds to an event; one that was sent to this connection only has no number. */
interface Stamp {
  sprint_id: string;
  /** Its number in the log. */
  seq?: number;
  /** When it was stored: ISO 8601, UTC. */
  timestamp?: string;
}

/** An event of a run, distinguished by its `type`; `Custom` are the types that the application adds. */
export type SprintMessage<Custom extends { type: string } = never> = (KnownEvent | Custom) & Stamp;

export interface UseSprintOptions<Custom extends { type: string } = never>
  extends Partial<ServerOptions> {
  /** Most lines of `logs`; default 1,000. Those before a page joined are loaded. */
  maxLogs?: number | undefined;
  /** Called with each event that comes, in order and once, outside of rendering. */
  onMessage?: ((message: SprintMessage<Custom>) => void) | undefined;
}

export interface Sprint<Custom extends { type: string } = never> extends SprintState {
  /** The newest event; in a burst there are more than one between two renderings. */
  lastMessage: SprintMessage<Custom> | null;
  /**
   * Publish an event: now, or when there is a connection. A `ping` is answered by the server, and
   * is no event. Returns false where it is not accepted: the user may not write, 1,000 events or
   * 1 MiB wait already, it is too large, or the component is not mounted. Throws `TypeError` for
   * values that JSON does not have.
   */
  sendMessage: (message: { type: string; [field: string]: unknown }) => boolean;
  /**
   * Answer the question with this id: a text, one of its choices, or the fields of its form. Rejects
   * with the reason in words where the answer is not taken, as when another user was first.
   */
  answer: (id: string, value: unknown) => Promise<void>;
  /** Connect now, also where the attempts have ended. */
  retry: () => void;
}

/**
 * Follow a run, over the one socket that all components of the page share for it.
 *
 * The server is that of the nearest `RealtimeProvider`, or of `url` in the options.
 */
export function useSprint<Custom extends { type: string } = never>(
  sprintId: string,
  options: UseSprintOptions<Custom> = {},
): Sprint<Custom> {
  const { maxLogs = 1_000, onMessage } = options;
  const server = useServer(options);
  const store = useMemo(
    () => new SprintStore(server, sprintId, maxLogs),
    [server, sprintId, maxLogs],
  );
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot, initialSnapshot);
  const newest = useRef(onMessage);
  useEffect(() => {
    newest.current = onMessage;
  });
  // The types of a run's events are declared by the page's code.
  useEffect(
    () => store.listen((message) => newest.current?.(message as SprintMessage<Custom>)),
    [store],
  );
  const { sendMessage, answer, retry } = store;
  return { ...snapshot, sendMessage, answer, retry } as Sprint<Custom>;
}

const initialSnapshot = () => INITIAL_SNAPSHOT;
