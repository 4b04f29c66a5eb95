// The users who watch a run: a button with their number, and the names that it shows.

import type { JSX } from "preact";
import type { ConnectionState, Watching } from "../../feeds/feed.js";
import { formatNumber } from "../../ui/format.js";
import { shownText } from "../../ui/text.js";

/** Those who watch, where there is more than one. */
export function watchingOf(state: ConnectionState): Watching | null {
  const watching = "watching" in state ? state.watching : undefined;
  return watching && watching.count > 1 ? watching : null;
}

interface WatchersButtonProps {
  state: ConnectionState;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}

export function WatchersButton(props: WatchersButtonProps): JSX.Element | null {
  const { state, isOpen, onToggle } = props;
  const watching = watchingOf(state);
  if (!watching) return null;
  return (
    <button
      type="button"
      class="rtw-button rtw-spent"
      title={namesOf(watching).join("\n")}
      aria-expanded={isOpen}
      onClick={() => onToggle(!isOpen)}
    >
      {formatNumber(watching.count)} watching
    </button>
  );
}

export function WatcherNames({ state }: { state: ConnectionState }): JSX.Element | null {
  const watching = watchingOf(state);
  return watching ? (
    <ul class="rtw-spent-lines">
      {namesOf(watching).map((name) => (
        <li key={name}>{name}</li>
      ))}
    </ul>
  ) : null;
}

function namesOf({ count, names }: Watching): string[] {
  const others = count - names.length;
  const rest = names.length > 0 ? `and ${formatNumber(others)} more` : "Without names";
  return [...names.map(shownText), ...(others > 0 ? [rest] : [])];
}
