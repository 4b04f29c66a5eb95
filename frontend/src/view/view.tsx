// The view of one run: its parts, each drawn where it has content.

import type { JSX, RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import { type ConnectionState, type Feed, frozenAt } from "../feeds/feed.js";
import type { Run } from "../model/run.js";
import { WarningIcon } from "../ui/icons.js";
import { LongText } from "../ui/text.js";
import { lostWords, memoryWords, storageWords } from "../ui/words.js";
import { type AttemptChoice, useAttempt } from "./attempts/use-attempt.js";
import { HeightHandle } from "./frame/height-handle.js";
import { useKeptHeight } from "./frame/kept-height.js";
import { useFindKeys } from "./frame/use-find-keys.js";
import { type Room, useRoom } from "./frame/use-room.js";
import { type Tabs, useTabs } from "./frame/use-tabs.js";
import { Spent } from "./header/spent.js";
import { Header, type Unfolded } from "./header.js";
import { Limits } from "./limits.js";
import type { RunLinks } from "./links.js";
import type { LogChoice } from "./log-filter.js";
import { Parts } from "./parts.js";
import { Saved } from "./saved.js";
import { ScreenReaderUpdates } from "./screen-reader.js";
import { ShowLine, useWantedLines, type WantedLines } from "./show-line.js";
import { type Step, stepTree } from "./steps/step-tree.js";
import { Steps } from "./steps/steps.js";
import { Unknown } from "./unknown.js";

interface ViewProps {
  feed: Feed;
  sprintId: string;
  /** Links to other runs. */
  links?: RunLinks | undefined;
  /** The saved snapshot, shown until the first event; ignored where it is empty. */
  fallback?: HTMLElement | undefined;
  /** Whether the height is that of the element around the view. */
  fills?: boolean | undefined;
}

export function View(props: ViewProps): JSX.Element {
  const { feed, sprintId, fallback } = props;
  return feed.run.isEmpty && fallback?.hasChildNodes() ? (
    <Saved feed={feed} sprintId={sprintId} snapshot={fallback} />
  ) : (
    <LiveView {...props} />
  );
}

function LiveView({ feed, sprintId, links, fills }: ViewProps): JSX.Element {
  const { run, state } = feed;
  const view = useRef<HTMLElement>(null);
  const [choice, setChoice] = useState<LogChoice>("debug");
  const [unfolded, setUnfolded] = useState<Unfolded>(null);
  const room = useRoom(view);
  const steps = stepTree(run);
  const tabs = useTabs(run, sprintId, room === "wide", links?.fragment);
  const attempt = useAttempt(run, sprintId);
  const [wanted, want] = useWantedLines();
  const showLine = (seq: number) => {
    want(seq);
    setChoice("debug");
    tabs.reveal("log");
  };
  const onKeyDown = useFindKeys(view, () => tabs.reveal("log"));
  const showRemarks = (isOn: boolean) => {
    setChoice(isOn ? "remarks" : "debug");
    if (isOn) tabs.reveal("log");
  };
  return (
    <section
      ref={view}
      class={feed.asOf === null ? "rtw-view" : "rtw-view rtw-view-frozen"}
      aria-label={`Run ${sprintId}`}
      onKeyDown={onKeyDown}
    >
      <Header
        feed={feed}
        sprintId={sprintId}
        links={links}
        steps={steps}
        showsRemarks={choice === "remarks"}
        onShowRemarks={showRemarks}
        attempt={attempt}
        unfolded={unfolded}
        onUnfold={setUnfolded}
        isSingle={tabs.shown.length < 2}
        setSingle={tabs.setSingle}
      />
      {feed.limits && unfolded === "limits" && <Limits words={feed.limits} />}
      {unfolded === "spent" && <Spent feed={feed} />}
      <Disconnected state={state} retry={feed.retry.bind(feed)} />
      <StorageWarning state={state} />
      <MemoryWarning state={state} />
      <Message run={run} />
      <ShowLine.Provider value={showLine}>
        <Body
          {...{ feed, sprintId, links, steps, view, room, tabs, attempt, wanted, choice }}
          onChoice={setChoice}
        />
      </ShowLine.Provider>
      {run.isEmpty && state.phase === "connected" && (
        <Unknown sprintId={sprintId} similar={state.similar ?? []} links={links} />
      )}
      {!fills && <HeightHandle sprintId={sprintId} view={view} />}
      <ScreenReaderUpdates feed={feed} sprintId={sprintId} />
    </section>
  );
}

interface BodyProps {
  feed: Feed;
  sprintId: string;
  links: RunLinks | undefined;
  steps: readonly Step[];
  view: RefObject<HTMLElement | null>;
  room: Room;
  tabs: Tabs;
  attempt: AttemptChoice;
  wanted: WantedLines | null;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
}

/** The steps, and the parts of the run beside or below them. */
function Body({ view, room, steps, ...parts }: BodyProps): JSX.Element {
  const { feed } = parts;
  const body = useRef<HTMLDivElement>(null);
  useKeptHeight(body, view);
  const isNarrow = room === "narrow";
  return (
    <div ref={body} class={isNarrow ? "rtw-body rtw-body-narrow" : "rtw-body"}>
      <Steps
        run={feed.run}
        tree={steps}
        isFrozen={frozenAt(feed) !== null}
        isNarrow={isNarrow}
        clockOffset={feed.clockOffset}
      />
      <Parts {...parts} />
    </div>
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
