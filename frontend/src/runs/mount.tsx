// Puts the list of runs into an element; every host (page, side panel) goes through here.

import { render } from "preact";
import { Attention } from "./attention.js";
import type { RunsHost } from "./host.js";
import { Runs } from "./runs.js";
import type { Runs as Source } from "./source.js";

/** Show the list; the function returned leaves no listener, timer, request or element behind. */
export function mountRuns(element: HTMLElement, source: Source, host: RunsHost): () => void {
  const root = document.createElement("div");
  root.className = "realtime-widgets rtw-runs-root";
  element.append(root);
  const attention = new Attention(source.url);
  let isSeen = false;
  let frame = 0;

  const draw = () => {
    frame = 0;
    render(<Runs source={source} host={host} />, root);
  };
  const attend = () => {
    if (source.state.phase !== "live") return;
    if (isSeen && document.visibilityState === "visible") attention.look(source.runs);
    const others = source.runs.filter((run) => !host.isShown?.(run.sprint_id));
    host.onAttention?.(attention.count(others));
  };
  const changed = () => {
    if (frame === 0) frame = requestAnimationFrame(draw);
    attend();
  };
  // A list in a panel that is closed, or under another tab, is not looked at.
  const observer = new IntersectionObserver(([entry]) => {
    isSeen = entry?.isIntersecting ?? false;
    attend();
  });
  observer.observe(root);
  document.addEventListener("visibilitychange", attend);
  const leave = source.listen(changed);
  draw();
  attend();

  return () => {
    leave();
    observer.disconnect();
    document.removeEventListener("visibilitychange", attend);
    cancelAnimationFrame(frame);
    render(null, root);
    root.remove();
  };
}
