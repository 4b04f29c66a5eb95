// The viewport of a timeline in the page: it is measured whenever rows were drawn or resized.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Row } from "./rows.js";
import { type Drawn, Viewport } from "./viewport.js";

interface ViewportInPage {
  drawn: Drawn;
  list: RefObject<HTMLDivElement | null>;
  onScroll: () => void;
  reveal: (index: number) => void;
}

export function useViewport(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  isFollowing: boolean,
  isWhole: boolean,
): ViewportInPage {
  const list = useRef<HTMLDivElement>(null);
  const [, setVersion] = useState(0);
  const [viewport] = useState(() => new Viewport(() => setVersion((version) => version + 1)));
  const elements = () => ({ scroller: scroller.current, list: list.current });
  const drawn = viewport.layOut(rows, isFollowing, isWhole);
  // Before the browser paints, so that the row under the reader's eye does not move.
  useLayoutEffect(() => viewport.drawn(elements()));
  // When following stops, the position is measured before the first scroll event comes.
  useLayoutEffect(() => {
    if (!isFollowing) viewport.scrolled(elements());
  }, [isFollowing]);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      viewport.drawn(elements());
      viewport.scrolled(elements());
    });
    for (const element of [scroller.current, list.current]) if (element) observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return {
    drawn,
    list,
    onScroll: () => viewport.scrolled(elements()),
    reveal: (index) => viewport.reveal(index, elements()),
  };
}
