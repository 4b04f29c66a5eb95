// Mounts the live view of a run in an element; every host (widget, page, panel) uses it.

import { render } from "preact";
import type { Feed, Phase, Source } from "../feeds/feed.js";
import { staticFeed } from "../feeds/static-feed.js";
import { isSprintId } from "../protocol/ids.js";
import type { Status } from "../protocol/messages.js";
import type { RunLinks } from "./links.js";
import { followTextColor } from "./text-color.js";
import { View } from "./view.js";

/** The state of a view, for its host. */
export interface ViewState {
  status: Status;
  connection: Phase;
  /** Number of the last event applied. */
  lastSeq: number;
}

export interface MountOptions {
  sprintId: string;
  /** Maximum height as a CSS length, such as "320px"; the default for anything else is 540px. */
  maxHeight?: string;
  /** Fill the height of the element, as in a separate tab; `maxHeight` is then ignored. */
  fills?: boolean;
  /** Links to other runs, where the host has pages or tabs of them. */
  links?: RunLinks | undefined;
  /** Shown while there are no events of the run: the snapshot saved in the cell. */
  fallback?: HTMLElement;
  /** Called after each change, which may be more often than the view is drawn. */
  onChange?: (state: ViewState) => void;
}

/** Show a run; the function returned removes the view with its listeners, timers and sockets. */
export function mount(element: HTMLElement, source: Source, options: MountOptions): () => void {
  const root = document.createElement("div");
  root.className = "realtime-widgets";
  const { sprintId, maxHeight = "", fills = false, links, fallback } = options;
  root.classList.toggle("rtw-fills", fills);
  if (!fills && isLength(maxHeight)) root.style.setProperty("--rtw-max-height", maxHeight);
  element.append(root);
  const stopFollowing = followTextColor(root);

  let isMounted = true;
  let frame = 0;
  const draw = () => {
    frame = 0;
    render(<View {...{ feed, sprintId, links, fallback, fills }} />, root);
  };
  const changed = () => {
    if (!isMounted) return;
    // Drawn at most once a frame, however many events come.
    if (frame === 0) frame = requestAnimationFrame(draw);
    options.onChange?.(viewState(feed));
  };
  const feed = isSprintId(sprintId)
    ? source.watch(sprintId, changed)
    : staticFeed({ phase: "disconnected", why: "This is not a valid name of a run." });
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

/** Tested with a property that takes only lengths: no `none`, no percentage. */
export function isLength(text: string): boolean {
  return CSS.supports("border-spacing", text);
}

function viewState({ run, state }: Feed): ViewState {
  return { status: run.status, connection: state.phase, lastSeq: run.seq };
}
