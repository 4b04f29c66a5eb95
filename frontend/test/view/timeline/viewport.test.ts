import { expect, it } from "vitest";
import { Timeline } from "../../../src/model/timeline.js";
import { Folds } from "../../../src/view/timeline/folds.js";
import { rowAt } from "../../../src/view/timeline/measured-heights.js";
import { rowsOf } from "../../../src/view/timeline/rows.js";
import { Viewport } from "../../../src/view/timeline/viewport.js";

function steps(count: number) {
  const timeline = new Timeline();
  for (let n = 0; n < count; n++) {
    timeline.add({ agent: "a", event: { type: "STEP_STARTED", stepName: "s" }, time: n }, n);
  }
  return rowsOf(timeline.nodes, {
    folds: new Folds(),
    lines: [],
    isLive: () => true,
    isChat: false,
    isUnfolded: false,
  });
}

it("of 5,000 rows fewer than 300 are drawn, the last among them while it follows", () => {
  const rows = steps(5_000);
  const viewport = new Viewport(() => undefined);

  const { from, to, before, after } = viewport.layOut(rows, true);

  expect(to).toBe(5_000);
  expect(to - from).toBeLessThan(300);
  expect(before).toBeGreaterThan(0);
  expect(after).toBe(0);
});

it("all rows are drawn for the printer, and each is measured once, regardless of earlier drawing", () => {
  let redrawn = 0;
  const viewport = new Viewport(() => {
    redrawn += 1;
  });
  const rows = steps(5_000);
  const heights = rows.map((_, index) => 20 + (index % 7));
  const children = heights.map((height) => ({ getBoundingClientRect: () => ({ height }) }));
  const elements = { scroller: null, list: { children } as unknown as HTMLElement };
  expect(viewport.layOut(rows, true).from).toBeGreaterThan(0);

  for (let n = 0; n < 3; n++) {
    expect(viewport.layOut(rows, false, true)).toMatchObject({ from: 0, to: 5_000, before: 0 });
    viewport.drawn(elements);
  }

  expect(redrawn).toBe(1);
});

it.each([
  { height: 60, redraws: 0, words: "once a frame where they fill the visible area" },
  { height: 1, redraws: 1, words: "again where they do not, as more of them are needed" },
])("rows at an end that is followed are drawn $words", ({ height, redraws }) => {
  let redrawn = 0;
  const viewport = new Viewport(() => {
    redrawn += 1;
  });
  const frames = [1_000, 2_000, 3_000];

  for (const count of frames) {
    const { from, to } = viewport.layOut(steps(count), true);
    const child = { getBoundingClientRect: () => ({ height }) };
    const list = { children: Array(to - from).fill(child) } as unknown as HTMLElement;
    viewport.drawn({ scroller: null, list });
  }

  expect(redrawn).toBe(redraws * frames.length);
});

it("a scroll draws rows only where the end is not followed", () => {
  let redrawn = 0;
  const viewport = new Viewport(() => {
    redrawn += 1;
  });
  const rows = steps(5_000);
  const list = { offsetTop: 0, children: [] } as unknown as HTMLElement;
  const scrollTo = (scrollTop: number) => {
    const scroller = { scrollTop, clientHeight: 800 } as HTMLElement;
    viewport.scrolled({ scroller, list });
  };

  viewport.layOut(rows, true);
  for (const top of [9_000, 9_100, 9_200]) scrollTo(top);
  expect(redrawn).toBe(0);

  viewport.layOut(rows, false);
  scrollTo(5_000);
  expect(redrawn).toBe(1);
});

it("without rows nothing is drawn", () => {
  const viewport = new Viewport(() => undefined);

  expect(viewport.layOut([], true)).toMatchObject({ from: 0, to: 0, before: 0, after: 0 });
});

it.each([
  [-1, 0],
  [0, 0],
  [9.9, 0],
  [10, 1],
  [35, 2],
  [1_000, 2],
])("at %d pixels is row %d", (y, row) => {
  expect(rowAt([0, 10, 30, 40], y)).toBe(row);
});
