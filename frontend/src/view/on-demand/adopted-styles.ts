// Styles of a part that is loaded by itself, which no style sheet of a host has.

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** The ref of an element in whose document, or shadow root, the styles apply. */
export function useAdoptedStyles<Kind extends Element>(
  sheet: CSSStyleSheet,
): RefObject<Kind | null> {
  const element = useRef<Kind>(null);
  useLayoutEffect(() => {
    const root = element.current?.getRootNode();
    if (root instanceof Document || root instanceof ShadowRoot) {
      root.adoptedStyleSheets = [...new Set([...root.adoptedStyleSheets, sheet])];
    }
  }, []);
  return element;
}
