// The first row: the run's status, its name, and the state of the connection.

import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { type Feed, frozenAt, publisherGoneAt, replyOf } from "../../feeds/feed.js";
import { lossWords } from "../../model/remarks.js";
import type { Run } from "../../model/run.js";
import type { Status } from "../../protocol/messages.js";
import { thisBrowser } from "../../server/browser.js";
import { kernelsOf } from "../../server/kernels.js";
import { formatNumber } from "../../ui/format.js";
import { StatusIcon, WarningIcon } from "../../ui/icons.js";
import { Stop } from "../../ui/stop.js";
import { Name, shownText } from "../../ui/text.js";
import { asOfWords, statusWords } from "../../ui/words.js";
import { AttemptSelect } from "../attempts/attempt-select.js";
import type { AttemptChoice } from "../attempts/use-attempt.js";
import type { RunLinks } from "../links.js";
import { ShareButton } from "../share/share-button.js";
import { overallShare, type Step } from "../steps/step-tree.js";
import { Ago, Elapsed, Gone } from "./clock.js";
import { ConnectionStatus } from "./connection.js";
import { LimitsButton } from "./limits.js";
import { Overall } from "./overall.js";
import { RunMenu } from "./run-menu.js";
import { SpentButton } from "./spent.js";
import { WatchersButton } from "./watchers.js";

/** What the header unfolds below it. */
export type Unfolded = "details" | "limits" | "share" | "spent" | "watchers" | null;

interface HeaderProps {
  feed: Feed;
  sprintId: string;
  links: RunLinks | undefined;
  steps: readonly Step[];
  /** Whether the log shows only remarks. */
  showsRemarks: boolean;
  onShowRemarks: (isOn: boolean) => void;
  attempt: AttemptChoice;
  unfolded: Unfolded;
  onUnfold: (unfolded: Unfolded) => void;
  /** Whether there is one tab, and what changes it; null where there is no room for two. */
  isSingle: boolean;
  setSingle: ((isSingle: boolean) => void) | null;
}

export function Header(props: HeaderProps): JSX.Element {
  const { feed, sprintId, links, steps, unfolded, onUnfold, isSingle, setSingle } = props;
  const { run, state } = feed;
  const isFrozen = frozenAt(feed) !== null;
  const isLive = !run.isEmpty && run.status === "running" && !isFrozen;
  const foldOf = (name: Unfolded) => ({
    isOpen: unfolded === name,
    onToggle: (isOpen: boolean) => onUnfold(isOpen ? name : null),
  });
  return (
    <header class="rtw-header">
      <Identity {...props} isFrozen={isFrozen} />
      <span class="rtw-header-end">
        <ConnectionStatus state={state} isLive={isLive} retry={feed.retry.bind(feed)} />
        <StopOfRun feed={feed} />
        <WatchersButton state={state} {...foldOf("watchers")} />
        <SpentButton feed={feed} {...foldOf("spent")} />
        {feed.sharing && <ShareButton sharing={feed.sharing} {...foldOf("share")} />}
        {feed.limits && <LimitsButton {...foldOf("limits")} />}
        <RunMenu
          {...{ sprintId, links, isSingle, setSingle }}
          past={run.past}
          details={run.details.isEmpty ? null : unfolded === "details"}
          setDetails={(isOpen) => onUnfold(isOpen ? "details" : null)}
        />
      </span>
      <Overall run={run} share={overallShare(steps)} isFrozen={isFrozen} />
    </header>
  );
}

function StopOfRun({ feed }: { feed: Feed }): JSX.Element {
  const { run, kernelServer = null, clockOffset } = feed;
  const kernels = useMemo(
    () => kernelServer && kernelsOf(kernelServer, thisBrowser()),
    [kernelServer],
  );
  const { attempt, notebook } = run;
  const isUnderWay = attempt > 0 && !run.isFinished && !run.isEmpty;
  const stoppable = { attempt, isUnderWay, stop: run.inbox.stop, notebook };
  return (
    <Stop
      // Another one for another attempt, of which nothing was sent.
      key={attempt}
      run={stoppable}
      reply={replyOf(feed)}
      kernels={kernels}
      clockOffset={clockOffset}
    />
  );
}

/** What the run is, and how it is. */
function Identity(props: HeaderProps & { isFrozen: boolean }): JSX.Element {
  const { feed, sprintId, showsRemarks, onShowRemarks, isFrozen } = props;
  const { run, state, clockOffset, asOf } = feed;
  const goneAt = publisherGoneAt(feed);
  return (
    <>
      {!run.isEmpty && <Badge run={run} isFrozen={isFrozen} />}
      <span class="rtw-name" title={sprintId}>
        {sprintId}
      </span>
      {run.details.title !== null && (
        <span class="rtw-title" title={shownText(run.details.title)}>
          <Name text={run.details.title} />
        </span>
      )}
      <AttemptSelect {...props.attempt} />
      {state.phase !== "catching_up" && (
        <Elapsed run={run} clockOffset={clockOffset} frozenAt={frozenAt(feed)} />
      )}
      {run.lastSeen !== null && (
        <Ago at={run.lastSeen} clockOffset={clockOffset} isFrozen={isFrozen}>
          {lossWords(run)}
        </Ago>
      )}
      {goneAt !== null && <Gone at={goneAt} clockOffset={clockOffset} />}
      {asOf !== null && !run.isEmpty && (
        <span class="rtw-as-of" title={`Last connected ${new Date(asOf).toLocaleString()}`}>
          {asOfWords(asOf)}
        </span>
      )}
      {run.counts.lost > 0 && (
        <LostEvents count={run.counts.lost} showsRemarks={showsRemarks} onToggle={onShowRemarks} />
      )}
    </>
  );
}

/** The status; it lights up when it changes. */
function Badge({ run, isFrozen }: { run: Run; isFrozen: boolean }): JSX.Element {
  const { status } = run;
  const first = useRef<Status>(status);
  const isChanged = useRef(false);
  isChanged.current ||= status !== first.current;
  const classes = ["rtw-badge", `rtw-status-${status}`];
  if (isFrozen) classes.push("rtw-badge-frozen");
  if (isChanged.current) classes.push("rtw-badge-changed");
  return (
    // Another element for another status, so that its animation begins.
    <span key={status} class={classes.join(" ")}>
      <StatusIcon status={status} isStatic={isFrozen} />
      {statusWords(run)}
    </span>
  );
}

interface LostEventsProps {
  count: number;
  showsRemarks: boolean;
  onToggle: (isOn: boolean) => void;
}

/** The number of lost events; a click filters the log for where they are missing. */
function LostEvents({ count, showsRemarks, onToggle }: LostEventsProps): JSX.Element {
  return (
    <button
      type="button"
      class="rtw-lost"
      title={showsRemarks ? "Show the whole log" : "Show where events are missing"}
      aria-label={`${formatNumber(count)} lost events, show where`}
      aria-pressed={showsRemarks}
      onClick={() => onToggle(!showsRemarks)}
    >
      <WarningIcon />
      {formatNumber(count)} lost
    </button>
  );
}
