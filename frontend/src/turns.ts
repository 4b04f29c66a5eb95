// The cell of a run that is in the kernel has two outputs: the widget, and the snapshot that stays
// in the file. One of them is seen: the widget once it shows the run, and else the snapshot.

import { randomId } from "./random-id.js";

/** What hosts call the outputs of a cell, and each of them. */
const HOSTS = [
  [".jp-OutputArea", ".jp-OutputArea-child"], // JupyterLab, Notebook 7, Voila
  [".cell_container", ".output_container"], // VS Code
  [".output", ".output_area"], // the classic notebook
];

/** Has the view and the snapshot of a run take turns in the outputs of one cell. */
export class Turns {
  readonly #view: HTMLElement;
  readonly #style = document.createElement("style");

  /**
   * Rules, not changes of the host's elements: the host may put a snapshot there later, or another
   * in its place, and when the view goes, so do they.
   */
  constructor(view: HTMLElement, sprintId: string) {
    const id = randomId();
    const self = `[data-realtime-widgets="${id}"]`;
    // A live view elsewhere may hold a snapshot inside.
    const snapshot = `.realtime-widgets-snapshot[data-sprint="${CSS.escape(sprintId)}"]:not(.realtime-widgets *)`;
    const rules = HOSTS.flatMap(([area, output]) => [
      `${area}:has(> ${output} ${self}.rtw-live) > ${output}:has(${snapshot}):not(:has(${self}, ${area}))`,
      `${area}:has(> ${output} ${snapshot}) > ${output}:has(${self}:not(.rtw-live)):not(:has(${snapshot}))`,
    ]);
    this.#style.textContent = `${rules.join(",\n")} { display: none !important; }`;
    this.#view = view;
    view.dataset["realtimeWidgets"] = id;
    view.append(this.#style);
  }

  /** The view shows the run from now on. */
  begin(): void {
    this.#view.classList.add("rtw-live");
  }

  end(): void {
    this.#view.classList.remove("rtw-live");
    delete this.#view.dataset["realtimeWidgets"];
    this.#style.remove();
  }
}
