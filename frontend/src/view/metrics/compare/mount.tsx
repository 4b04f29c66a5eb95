// Follows the runs of a comparison, and shows them by the part that draws charts.

import { type JSX, render } from "preact";
import type { Source } from "../../../feeds/feed.js";
import type { Subject } from "../../../model/subjects.js";
import type { RunLinks } from "../../links.js";
import { CodeLoader, useCode } from "../../on-demand/use-code.js";
import { followTextColor } from "../../text-color.js";
import type { Followed } from "./compared.js";
import type { ComparisonProps } from "./comparison.js";

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
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isMounted = true;
  const draw = () => {
    timer = undefined;
    const load = followed[0]?.feed.loadCode ?? null;
    render(
      <CodeLoader.Provider value={load}>
        <Loaded {...{ followed, links }} />
      </CodeLoader.Provider>,
      root,
    );
  };
  const changed = () => {
    if (isMounted) timer ??= setTimeout(draw, DRAW_EVERY);
  };
  const followed: Followed[] = subjects.map((subject) => ({
    subject,
    feed: source.watch(subject.sprintId, changed),
  }));
  draw();
  return () => {
    isMounted = false;
    clearTimeout(timer);
    stopFollowing();
    render(null, root);
    for (const { feed } of followed) feed.close();
    root.remove();
  };
}

/** The comparison, once its code is loaded. */
function Loaded(props: ComparisonProps): JSX.Element | null {
  const { code, failure, retry } = useCode("charts");
  if (props.followed.length === 0) return <p>No run is named that could be compared.</p>;
  if (code) return <code.StyledComparison {...props} />;
  if (failure === null) return null;
  return (
    <p>
      The comparison cannot be drawn here: {failure}{" "}
      <button type="button" class="rtw-button" onClick={retry}>
        Try again
      </button>
    </p>
  );
}
