// The side panel: the list of runs, and how many of them wait for the user.

import { Widget } from "@lumino/widgets";
import type { RunsHost } from "../../runs/host.js";
import { mountRuns } from "../../runs/mount.js";
import type { RunsSource } from "../../runs/source.js";
import { sprintIcon } from "./icon.js";

const CAPTION = "Sprints";

export class SprintsPanel extends Widget {
  readonly #source: RunsSource;
  readonly #unmount: () => void;

  constructor(source: RunsSource, host: RunsHost) {
    super();
    this.#source = source;
    this.id = "realtime-widgets-panel";
    this.addClass("rtw-panel");
    this.title.icon = sprintIcon;
    this.title.caption = CAPTION;
    this.#unmount = mountRuns(this.node, source, {
      ...host,
      onAttention: (count) => this.#badge(count),
    });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#unmount();
    super.dispose();
  }

  /** While nobody looks, the list may be seconds old. */
  protected override onAfterShow(): void {
    this.#source.refresh();
  }

  /** Whoever opens it by a key wants to go on by keys. */
  protected override onActivateRequest(): void {
    this.node.querySelector<HTMLElement>("a, button, input")?.focus();
  }

  #badge(count: number): void {
    const isWanted = count > 0;
    this.title.caption = isWanted ? `${CAPTION}: ${count} to look at` : CAPTION;
    this.title.dataset = isWanted ? { "rtw-attention": count > 9 ? "9+" : String(count) } : {};
  }
}
