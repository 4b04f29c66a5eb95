// The cell of a widget has two outputs: the widget, and the snapshot that is saved in the notebook.
// One of them is visible: the widget once it shows the run, until then the snapshot.
//
// Theory of operation. In hosts whose class names are known, a style sheet hides the other output
// by `:has()`: the host may add or replace a snapshot at any time, and the rules apply to it, and
// disappear with the view. In other hosts the snapshot that follows the view in the document is
// hidden by its `hidden` attribute, and a MutationObserver finds snapshots that are added later.

import { randomId } from "../../server/random-id.js";

/** Selectors of the outputs of a cell, and of one output, by host. */
const HOSTS = [
  [".jp-OutputArea", ".jp-OutputArea-child"], // JupyterLab, Notebook 7, Voila
  [".cell_container", ".output_container"], // VS Code
  [".output", ".output_area"], // the classic notebook
] as const;

const VIEW = "[data-realtime-widgets]";

export class SnapshotToggle {
  readonly #view: HTMLElement;
  readonly #snapshot: string;
  readonly #style = document.createElement("style");
  /** Only in an unknown host: finds snapshots that are added later. */
  readonly #observer: MutationObserver | null;
  #hidden = new Set<HTMLElement>();

  constructor(view: HTMLElement, sprintId: string) {
    const id = randomId();
    const self = `[data-realtime-widgets="${id}"]`;
    // A live view elsewhere may contain a snapshot.
    const snapshot = `.realtime-widgets-snapshot[data-sprint="${CSS.escape(sprintId)}"]:not(.realtime-widgets *)`;
    const rules = HOSTS.flatMap(([area, output]) => [
      `${area}:has(> ${output} ${self}.rtw-live) > ${output}:has(${snapshot}):not(:has(${self}, ${area}))`,
      `${area}:has(> ${output} ${snapshot}) > ${output}:has(${self}:not(.rtw-live)):not(:has(${snapshot}))`,
    ]);
    this.#style.textContent = `${rules.join(",\n")} { display: none !important; }`;
    this.#view = view;
    this.#snapshot = snapshot;
    view.dataset["realtimeWidgets"] = id;
    view.append(this.#style);
    const isKnown = HOSTS.some(([area, output]) => view.closest(`${area} > ${output}`) !== null);
    this.#observer = isKnown
      ? null
      : new MutationObserver((changes) => {
          if (changes.some(({ target }) => !isInView(target))) this.#hide();
        });
  }

  /** The view shows the run: hide the snapshot. */
  showView(): void {
    if (this.#view.classList.contains("rtw-live")) return;
    this.#view.classList.add("rtw-live");
    if (this.#observer === null) return;
    this.#hide();
    this.#observer.observe(document.body, { childList: true, subtree: true });
  }

  /** Undo all changes, so that the snapshot is visible again. */
  close(): void {
    this.#observer?.disconnect();
    for (const element of this.#hidden) element.hidden = false;
    this.#view.classList.remove("rtw-live");
    delete this.#view.dataset["realtimeWidgets"];
    this.#style.remove();
  }

  /**
   * Hide the snapshot of the same cell: the one that follows the view in the nearest common
   * ancestor, unless another view comes before it.
   */
  #hide(): void {
    let ancestor = this.#view.parentElement;
    while (ancestor !== null && ancestor.querySelector(this.#snapshot) === null) {
      ancestor = ancestor.parentElement;
    }
    const inOrder = [...(ancestor?.querySelectorAll(`${VIEW}, ${this.#snapshot}`) ?? [])];
    const next = inOrder[inOrder.indexOf(this.#view) + 1];
    if (!(next instanceof HTMLElement) || !next.matches(this.#snapshot) || next.hidden) return;
    next.hidden = true;
    this.#hidden.add(next);
  }
}

/** Changes inside a view are ignored: it adds no snapshot. */
function isInView(node: Node): boolean {
  return node instanceof Element && node.closest(".realtime-widgets") !== null;
}
