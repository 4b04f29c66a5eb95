// @vitest-environment happy-dom
import { render } from "preact";
import { useRef } from "preact/hooks";
import { beforeEach, expect, it } from "vitest";
import { useKeptHeight } from "../../../src/view/frame/kept-height.js";

/** The height of the content, in pixels. */
let content = 0;
let measured = 0;

beforeEach(() => {
  measured = 0;
});

function Part({ isOn }: { isOn: boolean }) {
  const [view, part] = [useRef<HTMLElement>(null), useRef<HTMLDivElement>(null)];
  const measuring = (element: HTMLDivElement | null) => {
    part.current = element;
    if (element === null) return;
    Object.defineProperty(element, "offsetHeight", {
      configurable: true,
      get: () => {
        measured += 1;
        return Math.max(content, Number.parseInt(element.style.minBlockSize.slice(4), 10) || 0);
      },
    });
  };
  useKeptHeight(part, view, isOn);
  return (
    <section ref={view}>
      <div ref={measuring} />
    </section>
  );
}

function draw(heights: number[], isOn = true): CSSStyleDeclaration | undefined {
  for (content of heights) render(<Part isOn={isOn} />, document.body);
  return document.body.querySelector("div")?.style;
}

it("a part keeps the greatest height that its content had", () => {
  expect(draw([300, 100])?.minBlockSize).toBe("max(300px, var(--rtw-least, 0px))");
});

it("no custom property changes with it, which everything in the part would inherit", () => {
  const style = draw([300, 100, 400]);

  expect(style?.cssText).toBe("min-block-size: max(400px, var(--rtw-least, 0px));");
});

it("a part that fills an element of another height is not measured", () => {
  draw([300], false);

  expect(measured).toBe(0);
});
