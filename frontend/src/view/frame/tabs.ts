// The tabs of a run: which there are, and which are shown.

import type { Run } from "../../model/run.js";
import type { NodeKind } from "../../model/timeline/node.js";

/** A further tab is an entry of `TABS`, a name here, and a part of the view in view/parts.tsx. */
export type TabName = "timeline" | "chat" | "metrics" | "files" | "log" | "state";

export interface Tab {
  name: TabName;
  label: string;
  /** A number beside the label, and what it counts; 0 shows none. */
  count: number;
  noun: string;
  warnings: number;
  errors: number;
}

interface Kind {
  name: TabName;
  label: string;
  hasContent: (run: Run) => boolean;
  /** What there is of it. */
  counts?: (run: Run) => Partial<Pick<Tab, "count" | "noun" | "warnings" | "errors">>;
}

const CHAT = new Set<NodeKind>(["message", "reasoning"]);

/** In their order; a run begins with the first that has content. */
const KINDS: readonly Kind[] = [
  { name: "timeline", label: "Timeline", hasContent: hasTimeline },
  {
    name: "chat",
    label: "Chat",
    hasContent: hasChat,
    counts: ({ timeline }) => ({
      count: timeline.nodes.filter(({ kind }) => kind === "message").length,
      noun: "message",
    }),
  },
  { name: "metrics", label: "Metrics", hasContent: ({ metrics }) => metrics.all.size > 0 },
  {
    name: "files",
    label: "Files",
    hasContent: ({ outputs }) => outputs.all.size > 0,
    counts: ({ outputs }) => ({ count: outputs.all.size, noun: "file" }),
  },
  {
    name: "log",
    label: "Log",
    hasContent: ({ log, counts }) => log.size > 0 || counts.logs > 0,
    counts: ({ log: { severe } }) => ({
      warnings: severe.count("warning"),
      errors: severe.count("error"),
    }),
  },
  { name: "state", label: "State", hasContent: ({ timeline }) => timeline.states.size > 0 },
];

/** The tabs that have content. */
export function tabsOf(run: Run): Tab[] {
  return KINDS.filter(({ hasContent }) => hasContent(run)).map(({ name, label, counts }) => ({
    name,
    label,
    count: 0,
    noun: "",
    warnings: 0,
    errors: 0,
    ...counts?.(run),
  }));
}

/** What the reader has chosen; null where nothing was. */
export interface TabChoice {
  /** The tab, or the left one of two. */
  first: string | null;
  second: string | null;
  /** Whether there is one tab even where there is room for two. */
  isSingle: boolean;
}

/**
 * The tabs that are shown: one, or two where there is room for them. Without a choice that has
 * content these are the first one and the log.
 */
export function shownTabs(tabs: readonly Tab[], choice: TabChoice, hasRoom: boolean): TabName[] {
  const names = tabs.map(({ name }) => name);
  const chosen = (name: string | null) => names.find((each) => each === name);
  const first = chosen(choice.first) ?? names[0];
  if (first === undefined) return [];
  if (!hasRoom || choice.isSingle || names.length < 2) return [first];
  const others = names.filter((name) => name !== first);
  const second = others.find((name) => name === choice.second);
  const preferred = others.find((name) => name === "log") ?? others[0];
  return [first, second ?? preferred ?? first];
}

/** The choice after a click on a tab of the left (0) or right (1) pane; both can change places. */
export function choose(shown: readonly TabName[], pane: number, name: TabName): TabName[] {
  const before = shown[pane];
  return shown.map((each, index) => {
    if (index === pane) return name;
    return each === name ? (before ?? each) : each;
  });
}

function hasTimeline(run: Run): boolean {
  const hasOlder = run.counts.messages > 0 && run.olderThanTimeline !== null;
  return run.timeline.nodes.length > 0 || hasOlder;
}

/** Messages have a separate tab where the timeline has more than these. */
function hasChat({ timeline: { nodes } }: Run): boolean {
  const has = (isIt: (kind: NodeKind) => boolean) => nodes.some(({ kind }) => isIt(kind));
  return has((kind) => kind === "message") && has((kind) => !CHAT.has(kind) && kind !== "divider");
}
