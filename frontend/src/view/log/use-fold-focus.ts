// One of the chevrons in the log is in the tab order; the arrows go from it to the others.
//
// There may be one in each row, which would be many stops of the Tab key, and targets too close to
// each other (WCAG 2.5.8).

import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

const CONTROLS = ".rtw-fold, .rtw-tree-more";

/** Keep the control that has the focus in the tab order, or the first that is visible. */
export function useFoldFocus(ref: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const controls = controlsIn(element);
    const { top } = element.getBoundingClientRect();
    const isVisible = (each: HTMLElement) => each.getBoundingClientRect().top >= top;
    const stop =
      controls.find((each) => each.matches(":focus")) ?? controls.find(isVisible) ?? controls[0];
    for (const each of controls) each.tabIndex = each === stop ? 0 : -1;
  });
}

/** Go from the focused control to the next (ArrowDown) or the one before; whether there is one. */
export function moveFoldFocus({ key, target, currentTarget }: KeyboardEvent): boolean {
  const step = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
  if (step === 0 || !(target instanceof HTMLElement) || !target.matches(CONTROLS)) return false;
  const controls = controlsIn(currentTarget as HTMLElement);
  const next = controls[controls.indexOf(target) + step];
  next?.focus();
  return next !== undefined;
}

function controlsIn(element: HTMLElement): HTMLElement[] {
  return [...element.querySelectorAll<HTMLElement>(CONTROLS)];
}
