// Puts the live view of a run into an element; every host (widget, page, panel) goes through here.

import { render } from "preact";
import { isSprintId } from "./protocol/ids.js";
import type { Status } from "./protocol/messages.js";
import { type Feed, type Phase, type Source, stillFeed } from "./source.js";
import { followTextColor } from "./ui/text-color.js";
import { View } from "./ui/view.js";
import type { Ways } from "./ways.js";

/** What a host may want to know of a view. */
export interface ViewState {
  status: Status;
  connection: Phase;
  /** Number of the last event shown. */
  lastSeq: number;
}

export interface MountOptions {
  sprintId: string;
  /** Greatest height as a CSS length, such as "320px"; anything else means the default, 540px. */
  maxHeight?: string;
  /** Take the whole height of the element, as in a tab of its own; `maxHeight` then means nothing. */
  fills?: boolean;
  /** How the view leads to other runs, where there are pages or tabs of them. */
  ways?: Ways | undefined;
  /** What shows the run where nothing of it is to be had: the snapshot that its cell has kept. */
  fallback?: HTMLElement;
  /** Called after each change, as often as events come, though drawing is once a frame. */
  onChange?: (state: ViewState) => void;
}

/** Show a run; the function returned leaves no listener, timer, socket or element behind. */
export function mount(element: HTMLElement, source: Source, options: MountOptions): () => void {
  const root = document.createElement("div");
  root.className = "realtime-widgets";
  const { sprintId, maxHeight = "", fills = false, ways, fallback } = options;
  root.classList.toggle("rtw-fills", fills);
  if (!fills && isLength(maxHeight)) root.style.setProperty("--rtw-max-height", maxHeight);
  element.append(root);
  const stopFollowing = followTextColor(root);

  let isMounted = true;
  let frame = 0;
  const draw = () => {
    frame = 0;
    render(<View feed={feed} sprintId={sprintId} ways={ways} fallback={fallback} />, root);
  };
  const changed = () => {
    if (!isMounted) return;
    // One drawing a frame, however many events a burst brings.
    if (frame === 0) frame = requestAnimationFrame(draw);
    options.onChange?.(viewState(feed));
  };
  const feed = isSprintId(sprintId)
    ? source.watch(sprintId, changed)
    : stillFeed({ phase: "disconnected", why: "This is not a valid name of a run." });
  draw();
  options.onChange?.(viewState(feed));

  return () => {
    isMounted = false;
    stopFollowing();
    feed.close();
    cancelAnimationFrame(frame);
    render(null, root);
    root.remove();
  };
}

/** Asks about a property that takes lengths and nothing else: no `none`, no percentage. */
function isLength(text: string): boolean {
  return CSS.supports("border-spacing", text);
}

function viewState({ run, state }: Feed): ViewState {
  return { status: run.status, connection: state.phase, lastSeq: run.seq };
}
