// Mounts the list of runs in an element; every host (page, side panel) uses it.

import { render } from "preact";
import { Attention } from "./attention.js";
import type { RunsHost } from "./host.js";
import { Runs } from "./runs.js";
import type { Runs as Source } from "./source.js";

/** Show the list; the function returned removes it with its listeners, timers and requests. */
export function mountRuns(element: HTMLElement, source: Source, host: RunsHost): () => void {
  const root = document.createElement("div");
  root.className = "realtime-widgets rtw-runs-root";
  element.append(root);
  const attention = new Attention(source.url);
  let isVisible = false;
  let frame = 0;

  const draw = () => {
    frame = 0;
    render(<Runs source={source} host={host} />, root);
  };
  const updateAttention = () => {
    if (source.state.phase !== "live") return;
    if (isVisible && document.visibilityState === "visible") attention.markSeen(source.runs);
    const others = source.runs.filter((run) => !host.isShown?.(run.sprint_id));
    host.onAttention?.(attention.count(others));
  };
  const changed = () => {
    if (frame === 0) frame = requestAnimationFrame(draw);
    updateAttention();
  };
  // A list in a closed panel, or behind another tab, is not visible.
  const observer = new IntersectionObserver(([entry]) => {
    isVisible = entry?.isIntersecting ?? false;
    updateAttention();
  });
  observer.observe(root);
  document.addEventListener("visibilitychange", updateAttention);
  const leave = source.listen(changed);
  draw();
  updateAttention();

  return () => {
    leave();
    observer.disconnect();
    document.removeEventListener("visibilitychange", updateAttention);
    cancelAnimationFrame(frame);
    render(null, root);
    root.remove();
  };
}
