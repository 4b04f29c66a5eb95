// The state of the connection: nothing to see when all is well, except while the run is in
// progress.

import type { JSX } from "preact";
import type { ConnectionState } from "../../feeds/feed.js";
import { useTicking } from "../../ui/hooks.js";
import { connectionWords } from "../../ui/words.js";

interface ConnectionStatusProps {
  state: ConnectionState;
  /** Whether the run is in progress, and the view up to date. */
  isLive: boolean;
  retry: () => void;
}

export function ConnectionStatus({ state, isLive, retry }: ConnectionStatusProps): JSX.Element {
  const isWaiting = state.phase === "reconnecting" && state.retryAt !== null;
  useTicking(isWaiting, 250);
  const isConnected = state.phase === "connected";
  return (
    <span class={`rtw-connection rtw-phase-${state.phase}`}>
      {state.phase === "reconnecting" && <span class="rtw-why">{state.why}</span>}
      {isConnected && isLive && (
        <span class="rtw-live-mark" title="Connected">
          <span class="rtw-dot" />
          Live
        </span>
      )}
      <span class={isConnected ? "rtw-phase rtw-visually-hidden" : "rtw-phase"}>
        {connectionWords(state, performance.now())}
      </span>
      {isWaiting && (
        <button type="button" class="rtw-button" onClick={retry}>
          Retry now
        </button>
      )}
    </span>
  );
}
