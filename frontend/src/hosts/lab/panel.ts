// The side panel: the list of runs, with a badge for those that need attention.

import { Widget } from "@lumino/widgets";
import type { RunsHost } from "../../runs/host.js";
import { mountRuns } from "../../runs/mount.js";
import type { RunsSource } from "../../runs/source.js";
import { sprintIcon } from "./icon.js";

const CAPTION = "Runs";

export class RunsPanel extends Widget {
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
      givesNotices: true,
      onAttention: (count) => this.#badge(count),
    });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#unmount();
    super.dispose();
  }

  /** The list may be seconds old when the panel becomes visible. */
  protected override onAfterShow(): void {
    this.#source.refresh();
  }

  /** A panel that is opened by keyboard gets the focus. */
  protected override onActivateRequest(): void {
    this.node.querySelector<HTMLElement>("a, button, input")?.focus();
  }

  #badge(count: number): void {
    const hasBadge = count > 0;
    const need = count === 1 ? "needs" : "need";
    this.title.caption = hasBadge ? `${CAPTION}: ${count} ${need} attention` : CAPTION;
    this.title.dataset = hasBadge ? { "rtw-attention": count > 9 ? "9+" : String(count) } : {};
  }
}
