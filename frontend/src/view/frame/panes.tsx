// The panes of a view: each has tabs and the part of the run that is selected there.

import { Component, type ComponentChildren, type JSX } from "preact";
import { useRef } from "preact/hooks";
import { isShare, useRunChoice } from "../../ui/run-choices.js";
import { Separator } from "./separator.js";
import { TabBar } from "./tab-bar.js";
import type { Tab, TabName } from "./tabs.js";
import type { Tabs } from "./use-tabs.js";

/** The least share of a pane. */
const MIN_SHARE = 0.2;

interface PanesProps {
  sprintId: string;
  tabs: Tabs;
  isPrinting: boolean;
  /** Draws what a tab has at the end of the bar of tabs; null for nothing. */
  end: (name: TabName) => ComponentChildren;
  /** Draws the part of a tab. */
  children: (name: TabName) => ComponentChildren;
}

export function Panes(props: PanesProps): JSX.Element | null {
  const { sprintId, tabs, isPrinting, end, children } = props;
  const { shown, select } = tabs;
  const panes = useRef<HTMLDivElement>(null);
  const [share, setShare] = useRunChoice(sprintId, "split", isShare);
  const first = share ?? 0.5;
  if (shown.length === 0) return null;
  const isSplit = shown.length > 1;
  return (
    <div
      ref={panes}
      class={isSplit ? "rtw-panes rtw-panes-both" : "rtw-panes"}
      style={isSplit ? { "--rtw-first": `${first * 100}%` } : {}}
    >
      {shown.map((name, index) => (
        <Pane
          key={index}
          label={isSplit ? (index === 0 ? "Left part" : "Right part") : "Parts of the run"}
          tabs={tabs.tabs}
          selected={name}
          printed={isPrinting ? printedOf(tabs, index) : null}
          onSelect={(other) => select(index, other)}
          end={end}
        >
          {children}
        </Pane>
      ))}
      {isSplit && (
        <Split first={first} width={() => panes.current?.clientWidth ?? 1} onMove={setShare} />
      )}
    </div>
  );
}

interface SplitProps {
  /** The share of the left pane, 0 to 1. */
  first: number;
  /** That of both, in pixels. */
  width: () => number;
  /** The share is changed; null: back to the half. */
  onMove: (share: number | null) => void;
}

/** The handle between two panes. */
function Split({ first, width, onMove }: SplitProps): JSX.Element {
  return (
    <Separator
      label="Width of the left part"
      class="rtw-split"
      orientation="vertical"
      value={first * 100}
      position={() => first * width()}
      onMove={(position) =>
        onMove(Math.min(Math.max(position / width(), MIN_SHARE), 1 - MIN_SHARE))
      }
      onReset={() => onMove(null)}
    />
  );
}

/** All parts once: what a pane has, and in the first one the rest; the timeline has the chat. */
function printedOf({ tabs, shown }: Tabs, pane: number): TabName[] {
  const rest = tabs.map(({ name }) => name).filter((name) => name !== "chat");
  const others = pane === 0 ? rest.filter((name) => !shown.includes(name)) : [];
  return [...shown.slice(pane, pane + 1), ...others];
}

interface PaneProps {
  label: string;
  tabs: readonly Tab[];
  selected: TabName;
  /** What is drawn for the printer, in place of what is selected; null for the screen. */
  printed: readonly TabName[] | null;
  onSelect: (name: TabName) => void;
  end: (name: TabName) => ComponentChildren;
  children: (name: TabName) => ComponentChildren;
}

/** Parts that were selected once are kept, with their scroll positions and what was typed there. */
function Pane(props: PaneProps): JSX.Element {
  const { label, tabs, selected, printed, onSelect, children } = props;
  const opened = useRef(new Set<TabName>());
  opened.current.add(selected);
  const isShown = (name: TabName) => printed?.includes(name) ?? name === selected;
  const drawn = tabs.filter(({ name }) => opened.current.has(name) || isShown(name));
  const end = props.end(selected);
  return (
    <div class="rtw-pane">
      {(tabs.length > 1 || end) && (
        <TabBar label={label} tabs={tabs} selected={selected} onSelect={onSelect}>
          {end}
        </TabBar>
      )}
      {drawn.map(({ name, label: title }) => (
        <div
          key={name}
          class="rtw-panel"
          hidden={!isShown(name)}
          {...((tabs.length > 1 || end) && { role: "tabpanel", "aria-label": title })}
        >
          <Kept isShown={isShown(name)}>{() => children(name)}</Kept>
        </div>
      ))}
    </div>
  );
}

/** Is not drawn again while it is hidden. */
class Kept extends Component<{ isShown: boolean; children: () => ComponentChildren }> {
  override shouldComponentUpdate(next: { isShown: boolean }): boolean {
    return next.isShown;
  }

  render(): ComponentChildren {
    return this.props.children();
  }
}
