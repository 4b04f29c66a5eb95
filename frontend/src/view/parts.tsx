// The parts of a run that tabs show, each with what it needs of the feed.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { type Feed, frozenAt } from "../feeds/feed.js";
import { usePrinting } from "../ui/hooks.js";
import type { AttemptChoice } from "./attempts/use-attempt.js";
import { FilesPane } from "./files/files-pane.js";
import { Panes } from "./frame/panes.js";
import type { TabName } from "./frame/tabs.js";
import type { Tabs } from "./frame/use-tabs.js";
import type { RunLinks } from "./links.js";
import { Log } from "./log.js";
import type { LogChoice } from "./log-filter.js";
import { Metrics } from "./metrics/metrics.js";
import type { WantedLines } from "./show-line.js";
import { SharedStates } from "./state/shared-states.js";
import { Timeline } from "./timeline/timeline.js";
import { Waterfall } from "./waterfall/waterfall.js";
import { spansOf } from "./waterfall/waterfall-rows.js";

interface PartsProps {
  feed: Feed;
  sprintId: string;
  links: RunLinks | undefined;
  tabs: Tabs;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
  attempt: AttemptChoice;
  wanted: WantedLines | null;
}

export function Parts(props: PartsProps): JSX.Element {
  const { feed, sprintId, tabs, attempt } = props;
  const [isWaterfall, setWaterfall] = useState(false);
  const { run, history, clockOffset } = feed;
  const isPrinting = usePrinting();
  const isLive = !run.isFinished && frozenAt(feed) === null;
  const { shown } = attempt;
  const nodes = shown ? run.timeline.nodesOf(run.attempt - shown.attempt) : run.timeline.nodes;
  const hasTimes = spansOf(nodes).length > 1;
  const drawn = { run, nodes, range: shown, history, isLive, clockOffset };
  const draw: Record<TabName, () => JSX.Element> = {
    timeline: () =>
      isWaterfall && hasTimes && !isPrinting ? (
        <Waterfall
          key={shown?.attempt}
          {...{ nodes, isLive, clockOffset }}
          attemptStart={run.timeline.attemptStart}
        />
      ) : (
        <Timeline key={shown?.attempt} {...drawn} />
      ),
    chat: () => <Timeline key={shown?.attempt} {...drawn} isChat />,
    metrics: () => <Metrics feed={feed} />,
    files: () => <FilesPane feed={feed} sprintId={sprintId} />,
    log: () => <Log {...props} />,
    state: () => <SharedStates states={run.timeline.states} />,
  };
  const end = (name: TabName): ComponentChildren =>
    name === "timeline" && hasTimes ? (
      <button
        type="button"
        class="rtw-button rtw-switch"
        aria-pressed={isWaterfall}
        onClick={() => setWaterfall(!isWaterfall)}
      >
        Waterfall
      </button>
    ) : null;
  return (
    <Panes sprintId={sprintId} tabs={tabs} isPrinting={isPrinting} end={end}>
      {(name) => draw[name]()}
    </Panes>
  );
}
