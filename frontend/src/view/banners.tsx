// What stands below the header of a view: what it unfolds, warnings, and the message of the status.

import type { JSX } from "preact";
import type { ConnectionState, Feed } from "../feeds/feed.js";
import type { Run } from "../model/run.js";
import { WarningIcon } from "../ui/icons.js";
import { LongText } from "../ui/text.js";
import { lostWords, memoryWords, storageWords } from "../ui/words.js";
import { Details } from "./details/details.js";
import type { Unfolded } from "./header/header.js";
import { Limits } from "./header/limits.js";
import { Spent } from "./header/spent.js";
import { WatcherNames } from "./header/watchers.js";
import { ShareUnfolded } from "./share/share-unfolded.js";

export function Banners({ feed, unfolded }: { feed: Feed; unfolded: Unfolded }): JSX.Element {
  const { run, state, limits } = feed;
  return (
    <>
      {limits && unfolded === "limits" && <Limits words={limits} />}
      {unfolded === "watchers" && <WatcherNames state={state} />}
      {unfolded === "spent" && <Spent feed={feed} />}
      {feed.sharing && unfolded === "share" && <ShareUnfolded sharing={feed.sharing} />}
      {unfolded === "details" && <Details details={run.details} />}
      <Disconnected state={state} retry={feed.retry.bind(feed)} />
      <StorageWarning state={state} />
      <MemoryWarning state={state} />
      <Message run={run} />
    </>
  );
}

/** Why the connection was given up, with a button to try again. */
function Disconnected({
  state,
  retry,
}: {
  state: ConnectionState;
  retry: () => void;
}): JSX.Element | null {
  if (state.phase !== "disconnected" && state.phase !== "no_server") return null;
  return (
    <div class="rtw-banner" role="alert">
      <WarningIcon />
      <span>{state.why}</span>
      {state.phase === "disconnected" && (
        <button type="button" class="rtw-button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Why the view may be late. A live region has to be in the page before its text, hence the empty div. */
function StorageWarning({ state }: { state: ConnectionState }): JSX.Element {
  const storage = "storage" in state ? state.storage : undefined;
  return (
    <div role="status">
      {storage && (
        <div class="rtw-banner rtw-banner-temporary">
          <WarningIcon />
          <span>{storageWords(storage)}</span>
        </div>
      )}
    </div>
  );
}

/** A warning that the run is lost when the server stops. */
function MemoryWarning({ state }: { state: ConnectionState }): JSX.Element | null {
  if (!("keptInMemoryBecause" in state) || !state.keptInMemoryBecause) return null;
  return (
    <div class="rtw-banner rtw-banner-temporary">
      <WarningIcon />
      <span>{memoryWords(state.keptInMemoryBecause)}</span>
    </div>
  );
}

/** The message of the status, such as a traceback. */
function Message({ run }: { run: Run }): JSX.Element | null {
  const { status, cause, message: published } = run;
  // The question is in the answer bar.
  if (status === "needs_input" && run.questions.message === published) return null;
  const message = status === "lost" ? lostWords(cause) : published;
  if (!message) return null;
  const isBlock = message.includes("\n");
  return (
    <div class={`rtw-message rtw-status-${status}${isBlock ? " rtw-message-block" : ""}`}>
      <LongText text={message} />
    </div>
  );
}
