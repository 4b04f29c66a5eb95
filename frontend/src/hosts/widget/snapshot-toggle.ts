// The cell of a widget has two outputs: the widget, and the snapshot that stays in the file. One of
// them is seen: the widget once it shows the run, and else the snapshot.

import { randomId } from "../../server/random-id.js";

/** What hosts call the outputs of a cell, and each of them. */
const HOSTS = [
  [".jp-OutputArea", ".jp-OutputArea-child"], // JupyterLab, Notebook 7, Voila
  [".cell_container", ".output_container"], // VS Code
  [".output", ".output_area"], // the classic notebook
] as const;

const VIEW = "[data-realtime-widgets]";

/** Has the view and the snapshot of a run take turns in the outputs of one cell. */
export class SnapshotToggle {
  readonly #view: HTMLElement;
  readonly #snapshot: string;
  readonly #style = document.createElement("style");
  /** Where the host is not known: finds snapshots that it adds later. */
  readonly #observer: MutationObserver | null;
  #hidden = new Set<HTMLElement>();

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

  /** The view shows the run from now on. */
  begin(): void {
    if (this.#view.classList.contains("rtw-live")) return;
    this.#view.classList.add("rtw-live");
    if (this.#observer === null) return;
    this.#hide();
    this.#observer.observe(document.body, { childList: true, subtree: true });
  }

  end(): void {
    this.#observer?.disconnect();
    for (const element of this.#hidden) element.hidden = false;
    this.#view.classList.remove("rtw-live");
    delete this.#view.dataset["realtimeWidgets"];
    this.#style.remove();
  }

  /**
   * Hide the snapshot of the same cell: of those in the nearest common ancestor the one that
   * follows the view, unless another view comes between.
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

/** What a view draws brings no snapshot. */
function isInView(node: Node): boolean {
  return node instanceof Element && node.closest(".realtime-widgets") !== null;
}
