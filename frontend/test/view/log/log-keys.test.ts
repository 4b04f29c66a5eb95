// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import type { LogLine } from "../../../src/model/log-line.js";
import { actOnKey, type KeyContext } from "../../../src/view/log/log-keys.js";

const LINES = Array.from(
  { length: 20 },
  (_, index): LogLine => ({
    n: index + 1,
    seq: 101 + index,
    kind: "log",
    level: "info",
    source: null,
    isStderr: false,
    time: null,
    text: `line ${index}`,
    segments: null,
    part: 0,
  }),
);

class Keys {
  selected: string | null = null;
  shown: number | null = null;
  toggled: number | null = null;
  context: KeyContext = {
    selection: null,
    select: (selection) => {
      this.context.selection = selection;
      this.selected = `${selection.anchor.seq}-${selection.head.seq}`;
    },
    lines: () => LINES,
    first: 1,
    visible: { seq: 105, part: 0 },
    page: 8,
    canToggle: ({ seq }, isFolded) => seq === 106 && isFolded !== false,
    toggle: ({ seq }) => {
      this.toggled = seq;
    },
    show: ({ seq }) => {
      this.shown = seq;
    },
  };

  press(key: string, modifiers: KeyboardEventInit = {}): boolean {
    const log = document.createElement("div");
    let hasActed = false;
    log.addEventListener("keydown", (event) => {
      hasActed = actOnKey(event, this.context);
    });
    log.dispatchEvent(new KeyboardEvent("keydown", { key, ...modifiers }));
    return hasActed;
  }
}

const SHIFT = { shiftKey: true };

describe("the keys of the log", () => {
  it("select the first visible line, then more of them in both directions", () => {
    const keys = new Keys();

    keys.press("ArrowDown", SHIFT);
    expect(keys.selected).toBe("105-105");
    keys.press("ArrowDown", SHIFT);
    keys.press("PageDown", SHIFT);
    expect(keys.selected).toBe("105-114");
    expect(keys.shown).toBe(114);
    keys.press("Home", SHIFT);

    expect(keys.selected).toBe("105-101");
  });

  it("select from the last line on while the view follows the end", () => {
    const keys = new Keys();
    keys.context.visible = null;

    keys.press("ArrowUp", SHIFT);
    keys.press("ArrowUp", SHIFT);

    expect(keys.selected).toBe("120-119");
  });

  it("stop at the last line", () => {
    const keys = new Keys();
    keys.press("ArrowDown", SHIFT);

    keys.press("End", SHIFT);
    keys.press("PageDown", SHIFT);

    expect(keys.selected).toBe("105-120");
  });

  it.each([{ ctrlKey: true }, { metaKey: true }])("select the whole run with %j", (modifier) => {
    const keys = new Keys();

    expect(keys.press("a", modifier)).toBe(true);

    expect(keys.selected).toBe("1-120");
  });

  it("fold what is selected only where it can be", () => {
    const keys = new Keys();
    expect(keys.press("Enter")).toBe(false);
    keys.press("ArrowDown", SHIFT);
    expect(keys.press("Enter")).toBe(false);
    keys.press("ArrowDown", SHIFT);

    expect([keys.press("ArrowLeft"), keys.press("ArrowRight")]).toEqual([false, true]);
    expect(keys.toggled).toBe(106);
  });

  it.each([
    ["ArrowDown", {}],
    ["c", { ctrlKey: true }],
    ["ArrowUp", { shiftKey: true, altKey: true }],
  ])("leave %s with %j to the browser", (key, modifiers) => {
    expect(new Keys().press(key, modifiers)).toBe(false);
  });
});
