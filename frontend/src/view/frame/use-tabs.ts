// Which tabs of a run are shown, as the browser remembers it.

import { useEffect, useRef } from "preact/hooks";
import { readFragment } from "../../model/line-range.js";
import type { Run } from "../../model/run.js";
import { isText, useRunChoice } from "../../ui/run-choices.js";
import type { Fragment } from "../links.js";
import { choose, shownTabs, type Tab, type TabName, tabsOf } from "./tabs.js";

export interface Tabs {
  tabs: Tab[];
  /** One, two from left to right, or none where the run has no content. */
  shown: TabName[];
  /** Show a tab in the left (0) or right (1) pane. */
  select: (pane: number, name: TabName) => void;
  /** Show a tab wherever it is. */
  reveal: (name: TabName) => void;
  /** Show one tab or two; null where there is no room for two. */
  setSingle: ((isSingle: boolean) => void) | null;
}

/** `fragment` may name lines of the log, which is shown then. */
export function useTabs(
  run: Run,
  sprintId: string,
  hasRoom: boolean,
  fragment: Fragment | undefined,
): Tabs {
  const [first, setFirst] = useRunChoice(sprintId, "tab", isText);
  const [second, setSecond] = useRunChoice(sprintId, "tab2", isText);
  const [single, setSingle] = useRunChoice(sprintId, "single", isText);
  const tabs = tabsOf(run);
  const shown = shownTabs(tabs, { first, second, isSingle: single !== null }, hasRoom);
  const select = (pane: number, name: TabName) => {
    const [left, right] = choose(shown, pane, name);
    if (left !== shown[0]) setFirst(left ?? null);
    if (right !== shown[1]) setSecond(right ?? null);
  };
  const reveal = (name: TabName) => {
    if (!shown.includes(name)) setFirst(name);
  };
  useLinkedLog(fragment, () => reveal("log"));
  return {
    tabs,
    shown,
    select,
    reveal,
    setSingle: hasRoom && tabs.length > 1 ? (isSingle) => setSingle(isSingle ? "yes" : null) : null,
  };
}

/** Call `show` where the URL names lines of the log, now and whenever it changes. */
function useLinkedLog(fragment: Fragment | undefined, show: () => void): void {
  const latest = useRef(show);
  latest.current = show;
  useEffect(() => {
    if (!fragment) return undefined;
    const follow = () => {
      if (readFragment(fragment.read())) latest.current();
    };
    follow();
    return fragment.listen(follow);
  }, [fragment]);
}
