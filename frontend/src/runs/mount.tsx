// Puts the list of runs into an element; every host (page, side panel) goes through here.

import { render } from "preact";
import { Attention } from "./attention.js";
import { Runs } from "./runs.js";
import type { Runs as Source } from "./source.js";

export { RunsSource } from "./source.js";

/** What the place where the list stands can do. */
export interface RunsHost {
  /** Show this run. */
  open(sprintId: string): void;
  /** The address of a run, where the host has pages. */
  href?(sprintId: string): string;
  /** Go to the notebook that a run came from, where the host can. */
  openNotebook?(path: string): void;
  /** The address of a notebook, where the host has pages. */
  notebookHref?(path: string): string;
  /** Whether the user sees this run already, so that it needs no more attention. */
  isShown?(sprintId: string): boolean;
  /** Told how many runs wait for an answer, or failed since the list was last looked at. */
  onAttention?(count: number): void;
}

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
