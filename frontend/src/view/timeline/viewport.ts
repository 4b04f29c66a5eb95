// Which rows of a timeline are in the page, and where it is scrolled to: the row at the top of the
// visible area stays there while heights above it change.

import { SCROLL_ROUNDING } from "../rounding.js";
import { MeasuredHeights, rowAt } from "./measured-heights.js";
import type { Row } from "./rows.js";

/** Pixels drawn beyond each edge, so that scrolling shows no blank area. */
const OVERSCAN = 200;

/** The height before it is known, and the maximum: so many pixels have fewer than 300 rows. */
const FIRST_HEIGHT = 800;
const MAX_HEIGHT = 3_000;

/** What scrolls, and the list in it, whose children are the drawn rows. */
export interface Elements {
  scroller: HTMLElement | null;
  list: HTMLElement | null;
}

export interface Drawn {
  /** The first row that is drawn, and the one after the last. */
  from: number;
  to: number;
  /** Pixels before and after them. */
  before: number;
  after: number;
  /** Whether all rows together are higher than the visible area. */
  overflows: boolean;
}

export class Viewport {
  readonly #heights = new MeasuredHeights();
  readonly #redraw: () => void;
  #rows: readonly Row[] = [];
  #edges: readonly number[] = [0];
  #from = 0;
  #isFollowing = true;
  /** The visible area, from the upper edge of the first row on. */
  #top = 0;
  #height = FIRST_HEIGHT;
  /** The row at the top, and how far below its upper edge the visible area begins. */
  #anchor: { key: string; offset: number } | null = null;

  constructor(redraw: () => void) {
    this.#redraw = redraw;
  }

  /** Decide what is drawn of some rows; `isWhole`: all of them, for the printer. */
  layOut(rows: readonly Row[], isFollowing: boolean, isWhole = false): Drawn {
    this.#rows = rows;
    this.#isFollowing = isFollowing;
    this.#edges = this.#heights.edges(rows);
    if (isWhole) {
      this.#from = 0;
      return { from: 0, to: rows.length, before: 0, after: 0, overflows: false };
    }
    const total = this.#edges.at(-1) ?? 0;
    const height = Math.min(this.#height, MAX_HEIGHT);
    const top = isFollowing ? Math.max(total - height, 0) : this.#top;
    this.#from = rowAt(this.#edges, top - OVERSCAN);
    const to = Math.min(rowAt(this.#edges, top + height + OVERSCAN) + 1, rows.length);
    const before = this.#edges[this.#from] ?? 0;
    const after = total - (this.#edges[to] ?? total);
    return { from: this.#from, to, before, after, overflows: total > this.#height };
  }

  /** It was scrolled or resized: the row at the top is another one. */
  scrolled({ scroller, list }: Elements): void {
    if (!scroller || !list || scroller.clientHeight === 0) return;
    const top = scroller.scrollTop - list.offsetTop;
    const index = rowAt(this.#edges, top);
    const row = this.#rows[index];
    if (row) this.#anchor = { key: row.key, offset: top - (this.#edges[index] ?? 0) };
    const isResized = scroller.clientHeight !== this.#height;
    // While the end is followed, it is what is drawn wherever the scroll position is.
    const isMoved = top !== this.#top && !this.#isFollowing;
    this.#top = top;
    this.#height = scroller.clientHeight;
    if (isMoved || isResized) this.#redraw();
  }

  /**
   * Rows were drawn, or changed their heights.
   *
   * While the end is followed and the rows fill the visible area, heights count from the next
   * drawing on: of rows that come in every frame, each frame is drawn once.
   */
  drawn(elements: Elements): void {
    let hasChanged = false;
    let sum = 0;
    for (const [index, child] of [...(elements.list?.children ?? [])].entries()) {
      const row = this.#rows[this.#from + index];
      const { height } = child.getBoundingClientRect();
      if (row && height > 0 && this.#heights.measure(row, height)) hasChanged = true;
      sum += height;
    }
    const needsRows = !this.#isFollowing || sum < Math.min(this.#height, MAX_HEIGHT);
    if (hasChanged && needsRows) this.#redraw();
    else if (!this.#isFollowing) this.#restore(elements);
  }

  /** Scroll so that a row is visible. */
  reveal(index: number, elements: Elements): void {
    const { scroller, list } = elements;
    if (!scroller || !list) return;
    const top = (this.#edges[index] ?? 0) + list.offsetTop;
    const end = (this.#edges[index + 1] ?? 0) + list.offsetTop;
    const bottom = scroller.scrollTop + scroller.clientHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (end > bottom) scroller.scrollTop = Math.min(end - scroller.clientHeight, top);
    this.scrolled(elements);
    this.#redraw();
  }

  #restore({ scroller, list }: Elements): void {
    if (!scroller || !list || this.#anchor === null) return;
    const { key, offset } = this.#anchor;
    const index = this.#rows.findIndex((row) => row.key === key);
    if (index < 0) return;
    const wanted = (this.#edges[index] ?? 0) + offset + list.offsetTop;
    const place = Math.min(Math.max(wanted, 0), scroller.scrollHeight - scroller.clientHeight);
    if (Math.abs(place - scroller.scrollTop) > SCROLL_ROUNDING) scroller.scrollTop = place;
  }
}
