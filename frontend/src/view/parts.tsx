// The parts of a run that tabs show, each with what it needs of the feed.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Feed, frozenAt } from "../feeds/feed.js";
import { usePrinting } from "../ui/hooks.js";
import type { AttemptChoice } from "./attempts/use-attempt.js";
import { FilesPane } from "./files/files-pane.js";
import { Panes } from "./frame/panes.js";
import type { Tab, TabName } from "./frame/tabs.js";
import type { Tabs } from "./frame/use-tabs.js";
import type { RunLinks } from "./links.js";
import { Log } from "./log/log.js";
import type { LogChoice } from "./log/log-filter.js";
import type { WantedLines } from "./log/show-line.js";
import { Metrics } from "./metrics/metrics.js";
import { Unloaded } from "./on-demand/unloaded.js";
import { type Code, useCode } from "./on-demand/use-code.js";

/** The tabs whose code is loaded when a run has the first of them. */
const OF_AGENTS = new Set<TabName>(["timeline", "chat", "state"]);
const isOfAgents = ({ name }: Tab) => OF_AGENTS.has(name);

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
  const agents = useAgentsCode(feed, tabs);
  const { code } = agents;
  const hasTimes = code !== null && code.spansOf(nodes).length > 1;
  const drawn = { run, nodes, range: shown, history, isLive, clockOffset };
  const ofAgents = (draw: (loaded: NonNullable<typeof code>) => JSX.Element) =>
    code === null ? <Unloaded {...agents} {...{ nodes, isLive }} /> : draw(code);
  const draw: Record<TabName, () => JSX.Element> = {
    timeline: () =>
      ofAgents(({ Timeline, Waterfall }) =>
        isWaterfall && hasTimes && !isPrinting ? (
          <Waterfall
            key={shown?.attempt}
            {...{ nodes, isLive, clockOffset }}
            attemptStart={run.timeline.attemptStart}
          />
        ) : (
          <Timeline key={shown?.attempt} {...drawn} />
        ),
      ),
    chat: () => ofAgents(({ Timeline }) => <Timeline key={shown?.attempt} {...drawn} isChat />),
    metrics: () => <Metrics feed={feed} />,
    files: () => <FilesPane feed={feed} sprintId={sprintId} />,
    log: () => <Log {...props} />,
    state: () => ofAgents(({ SharedStates }) => <SharedStates states={run.timeline.states} />),
  };
  const end = (name: TabName): ComponentChildren =>
    name === "timeline" &&
    hasTimes && <WaterfallSwitch isOn={isWaterfall} onChange={setWaterfall} />;
  return (
    <Panes sprintId={sprintId} tabs={tabs} isPrinting={isPrinting} end={end}>
      {(name) => draw[name]()}
    </Panes>
  );
}

interface WaterfallSwitchProps {
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

function WaterfallSwitch({ isOn, onChange }: WaterfallSwitchProps): JSX.Element {
  return (
    <button
      type="button"
      class="rtw-button rtw-switch"
      aria-pressed={isOn}
      onClick={() => onChange(!isOn)}
    >
      Waterfall
    </button>
  );
}

/** The code of the tabs of agents, which is tried again when the connection is back. */
function useAgentsCode(feed: Feed, { tabs }: Tabs): Code<"agents"> {
  const agents = useCode("agents", tabs.some(isOfAgents));
  const isConnected = feed.state.phase === "connected";
  useEffect(() => {
    if (isConnected) agents.retry();
  }, [isConnected]);
  return agents;
}
