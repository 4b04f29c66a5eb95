// The view of one run: its parts, each drawn where it has content.

import type { JSX, TargetedKeyboardEvent } from "preact";
import { useState } from "preact/hooks";
import { type ConnectionState, type Feed, frozenAt } from "../feeds/feed.js";
import type { Run } from "../model/run.js";
import { WarningIcon } from "../ui/icons.js";
import { LongText } from "../ui/text.js";
import { lostWords, memoryWords, storageWords } from "../ui/words.js";
import { Header } from "./header.js";
import { Limits } from "./limits.js";
import type { RunLinks } from "./links.js";
import { Log } from "./log.js";
import type { LogChoice } from "./log-filter.js";
import { Progress } from "./progress.js";
import { Saved } from "./saved.js";
import { ScreenReaderUpdates } from "./screen-reader.js";
import { Timeline } from "./timeline/timeline.js";
import { Unknown } from "./unknown.js";

interface ViewProps {
  feed: Feed;
  sprintId: string;
  /** Links to other runs. */
  links?: RunLinks | undefined;
  /** The saved snapshot, shown until the first event; ignored where it is empty. */
  fallback?: HTMLElement | undefined;
}

export function View({ feed, sprintId, links, fallback }: ViewProps): JSX.Element {
  const { run, state } = feed;
  const [choice, setChoice] = useState<LogChoice>("debug");
  const [showsLimits, setShowsLimits] = useState(false);
  if (run.isEmpty && fallback?.hasChildNodes()) {
    return <Saved feed={feed} sprintId={sprintId} snapshot={fallback} />;
  }
  const isFrozen = frozenAt(feed) !== null;
  return (
    <section
      class={feed.asOf === null ? "rtw-view" : "rtw-view rtw-view-frozen"}
      aria-label={`Run ${sprintId}`}
      onKeyDown={find}
    >
      <Header
        feed={feed}
        sprintId={sprintId}
        showsRemarks={choice === "remarks"}
        onShowRemarks={(isOn) => setChoice(isOn ? "remarks" : "debug")}
        showsLimits={showsLimits}
        onShowLimits={setShowsLimits}
      />
      {feed.limits && showsLimits && <Limits words={feed.limits} />}
      <Disconnected state={state} retry={feed.retry.bind(feed)} />
      <StorageWarning state={state} />
      <MemoryWarning state={state} />
      <Message run={run} />
      <Progress run={run} tasks={run.tasks} isFrozen={isFrozen} />
      <Panes
        feed={feed}
        sprintId={sprintId}
        links={links}
        isFrozen={isFrozen}
        choice={choice}
        onChoice={setChoice}
      />
      {run.isEmpty && state.phase === "connected" && (
        <Unknown sprintId={sprintId} similar={state.similar ?? []} links={links} />
      )}
      <ScreenReaderUpdates feed={feed} sprintId={sprintId} />
    </section>
  );
}

interface PanesProps {
  feed: Feed;
  sprintId: string;
  links: RunLinks | undefined;
  isFrozen: boolean;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
}

/** The timeline and the log, each where it has content. */
function Panes(props: PanesProps): JSX.Element | null {
  const { feed, sprintId, links, isFrozen, choice, onChoice } = props;
  const { run, history } = feed;
  const hasLog = run.log.size > 0 || run.counts.logs > 0;
  const hasOlderNodes = run.counts.messages > 0 && run.olderThanTimeline !== null;
  const hasNodes = run.timeline.nodes.length > 0 || hasOlderNodes;
  if (!hasLog && !hasNodes) return null;
  return (
    <div class={hasLog && hasNodes ? "rtw-panes rtw-panes-both" : "rtw-panes"}>
      {hasNodes && (
        <Timeline
          run={run}
          history={history}
          isLive={!run.isFinished && !isFrozen}
          clockOffset={feed.clockOffset}
        />
      )}
      {hasLog && (
        <Log feed={feed} sprintId={sprintId} links={links} choice={choice} onChoice={onChoice} />
      )}
    </div>
  );
}

/** `/` and Ctrl+F focus the search field of the log. */
function find(event: TargetedKeyboardEvent<HTMLElement>): void {
  const { key, target, currentTarget } = event;
  const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  const isSlash = key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey;
  const isFind = key === "f" && (event.ctrlKey || event.metaKey) && !event.altKey;
  const field = currentTarget.querySelector<HTMLInputElement>(".rtw-find");
  if (!field || !(isSlash || isFind)) return;
  event.preventDefault();
  event.stopPropagation();
  field.focus();
  field.select();
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
function Message({ run: { status, cause, message: published } }: { run: Run }): JSX.Element | null {
  const message = status === "lost" ? lostWords(cause) : published;
  if (!message) return null;
  const isBlock = message.includes("\n");
  return (
    <div class={`rtw-message rtw-status-${status}${isBlock ? " rtw-message-block" : ""}`}>
      <LongText text={message} />
    </div>
  );
}
