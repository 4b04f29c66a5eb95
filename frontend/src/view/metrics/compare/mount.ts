// Follows the runs of a comparison, and shows them by the module that draws charts.

import type { Source } from "../../../feeds/feed.js";
import type { Subject } from "../../../model/subjects.js";
import type { RunLinks } from "../../links.js";
import { followTextColor } from "../../text-color.js";
import { loadChartsModule, type MountedComparison } from "../load-charts-module.js";
import type { Followed } from "./compared.js";

/** Milliseconds between two drawings. */
const DRAW_EVERY = 250;

interface ComparisonOptions {
  subjects: readonly Subject[];
  /** Links to the runs. */
  links?: RunLinks | undefined;
}

/** Show runs side by side; the function returned removes them with their sockets and timers. */
export function mountComparison(
  element: HTMLElement,
  source: Source,
  { subjects, links }: ComparisonOptions,
): () => void {
  const root = document.createElement("div");
  root.className = "realtime-widgets rtw-compare-host";
  element.append(root);
  const stopFollowing = followTextColor(root);
  let mounted: MountedComparison | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isMounted = true;
  const draw = () => {
    timer = undefined;
    mounted?.draw({ followed, links });
  };
  const changed = () => {
    if (isMounted) timer ??= setTimeout(draw, DRAW_EVERY);
  };
  const followed: Followed[] = subjects.map((subject) => ({
    subject,
    feed: source.watch(subject.sprintId, changed),
  }));
  const [first] = followed;
  if (first === undefined) root.textContent = "No run is named that could be compared.";
  else {
    loadChartsModule(first.feed.loadCharts ?? null).then(
      (charts) => {
        if (isMounted) mounted = charts.mountComparison(root);
        draw();
      },
      (error: unknown) => {
        root.textContent = `The comparison cannot be drawn here: ${String(error)}`;
      },
    );
  }
  return () => {
    isMounted = false;
    clearTimeout(timer);
    stopFollowing();
    mounted?.close();
    for (const { feed } of followed) feed.close();
    root.remove();
  };
}
