// The item of JupyterLab's status bar: how many runs are running, and how many wait for the user.

import type { IStatusBar } from "@jupyterlab/statusbar";
import { Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import { countRuns } from "../../runs/list.js";
import type { Runs } from "../../runs/source.js";
import { formatNumber } from "../../ui/format.js";

export class RunsStatus extends Widget {
  /** Emitted when `isActive` may have changed. */
  readonly changed = new Signal<this, void>(this);
  readonly #source: Runs;
  readonly #leave: () => void;

  /** `open` shows the list of runs. */
  constructor(source: Runs, open: () => void) {
    super({ node: document.createElement("button") });
    this.#source = source;
    this.addClass("rtw-status-item");
    this.node.title = "Show the list of runs";
    this.node.addEventListener("click", open);
    this.#leave = source.listen(() => this.#update());
    this.#update();
  }

  /** Whether a run is active; what is out of date is not shown. */
  get isActive(): boolean {
    return this.node.textContent !== "";
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#leave();
    super.dispose();
  }

  #update(): void {
    const { state, runs } = this.#source;
    const words = state.phase === "live" ? activeWords(countRuns(runs)) : "";
    if (words === this.node.textContent) return;
    this.node.textContent = words;
    this.changed.emit();
  }
}

/** Show it in the status bar while it is active. */
export function addStatusItem(bar: IStatusBar, item: RunsStatus): void {
  bar.registerStatusItem("realtime-widgets:runs", {
    item,
    align: "left",
    rank: 100,
    isActive: () => item.isActive,
    activeStateChanged: item.changed,
  });
}

/** "2 running · 1 waits for you"; "" where no run is active. */
export function activeWords(counts: { running: number; waiting: number }): string {
  const { running, waiting } = counts;
  const words = [
    running > 0 ? `${formatNumber(running)} running` : "",
    waiting > 0 ? `${formatNumber(waiting)} ${waiting === 1 ? "waits" : "wait"} for you` : "",
  ];
  return words.filter((each) => each !== "").join(" · ");
}
