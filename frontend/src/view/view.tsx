// The view of one run: its parts, each drawn where it has content.

import type { JSX, RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import { type Feed, frozenAt } from "../feeds/feed.js";
import { type AttemptChoice, useAttempt } from "./attempts/use-attempt.js";
import { Banners } from "./banners.js";
import { useSevereSearch } from "./find/severe-search.js";
import { HeightHandle } from "./frame/height-handle.js";
import { useKeptHeight } from "./frame/kept-height.js";
import { useFindKeys } from "./frame/use-find-keys.js";
import { type Tabs, useTabs } from "./frame/use-tabs.js";
import { useWidth, type WidthClass } from "./frame/use-width.js";
import { Header, type Unfolded } from "./header/header.js";
import type { RunLinks } from "./links.js";
import type { LogChoice } from "./log/log-filter.js";
import { ShowLine, type WantedLines, wantedLine } from "./log/show-line.js";
import { MessageLine } from "./message-line.js";
import { CodeLoader } from "./on-demand/use-code.js";
import { Parts } from "./parts.js";
import { AnswerBar } from "./questions/answer-bar.js";
import { Saved } from "./saved.js";
import { ScreenReaderUpdates } from "./screen-reader.js";
import { pastStepTree, type Step, stepTree } from "./steps/step-tree.js";
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
  const view = useRef<HTMLElement>(null);
  const [unfolded, setUnfolded] = useState<Unfolded>(null);
  const width = useWidth(view);
  const steps = stepTree(feed.run);
  const tabs = useTabs(feed.run, sprintId, width === "wide", links?.fragment);
  const attempt = useAttempt(feed.run, sprintId);
  const { choice, onChoice, wanted, showLine, showRemarks } = useLogChoice(feed, tabs);
  const onKeyDown = useFindKeys(view, () => tabs.reveal("log"));
  return (
    <section
      ref={view}
      class={feed.asOf === null ? "rtw-view" : "rtw-view rtw-view-frozen"}
      aria-label={`Run ${sprintId}`}
      onKeyDown={onKeyDown}
    >
      <Header
        {...{ feed, sprintId, links, steps, attempt, unfolded }}
        showsRemarks={choice === "remarks"}
        onShowRemarks={showRemarks}
        onUnfold={setUnfolded}
        isSingle={tabs.shown.length < 2}
        setSingle={tabs.setSingle}
      />
      <CodeLoader.Provider value={feed.loadCode ?? null}>
        <Banners feed={feed} unfolded={unfolded} />
        <ShowLine.Provider value={showLine}>
          <Body
            {...{ feed, sprintId, links, steps, view, width, tabs, attempt, wanted, choice }}
            onChoice={onChoice}
            fills={fills === true}
          />
        </ShowLine.Provider>
      </CodeLoader.Provider>
      <AnswerBar feed={feed} />
      <MessageLine feed={feed} />
      <UnknownRun {...{ feed, sprintId, links }} />
      {!fills && <HeightHandle sprintId={sprintId} view={view} />}
      <ScreenReaderUpdates feed={feed} sprintId={sprintId} />
    </section>
  );
}

/** Where nothing was published to the run: that, and similar names. */
function UnknownRun({ feed, sprintId, links }: ViewProps): JSX.Element | null {
  const { run, state } = feed;
  if (!run.isEmpty || state.phase !== "connected") return null;
  return <Unknown sprintId={sprintId} similar={state.similar ?? []} links={links} />;
}

/** Which lines the log shows, and what leads to some of them from elsewhere in the view. */
function useLogChoice({ search, run }: Feed, tabs: Tabs) {
  useSevereSearch(search, run.log, tabs.shown.includes("log"));
  const [choice, onChoice] = useState<LogChoice>("debug");
  const [wanted, want] = useState<WantedLines | null>(null);
  return {
    choice,
    onChoice,
    wanted,
    showLine: (seq: number) => {
      want(wantedLine(seq));
      onChoice("debug");
      tabs.reveal("log");
    },
    showRemarks: (isOn: boolean) => {
      onChoice(isOn ? "remarks" : "debug");
      if (isOn) tabs.reveal("log");
    },
  };
}

interface BodyProps {
  feed: Feed;
  sprintId: string;
  links: RunLinks | undefined;
  steps: readonly Step[];
  view: RefObject<HTMLElement | null>;
  width: WidthClass;
  tabs: Tabs;
  attempt: AttemptChoice;
  wanted: WantedLines | null;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
  fills: boolean;
}

/** The steps, and the parts of the run beside or below them. */
function Body({ view, width, steps, fills, ...parts }: BodyProps): JSX.Element {
  const { feed, attempt } = parts;
  const { run } = feed;
  const number = attempt.shown?.attempt ?? run.attempt;
  const isPast = number < run.attempt;
  const body = useRef<HTMLDivElement>(null);
  // The height of an element that the view fills is not its own.
  useKeptHeight(body, view, !fills);
  const isNarrow = width === "narrow";
  return (
    <div ref={body} class={isNarrow ? "rtw-body rtw-body-narrow" : "rtw-body"}>
      <Steps
        tree={isPast ? pastStepTree(run, number) : steps}
        forgotten={isPast ? 0 : run.tasks.forgotten}
        isOver={isPast || run.isFinished}
        isFrozen={frozenAt(feed) !== null}
        isNarrow={isNarrow}
        clockOffset={feed.clockOffset}
      />
      <Parts {...parts} />
    </div>
  );
}
