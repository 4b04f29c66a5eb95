// The handle at the lower edge of a view, which sets its height.

import type { JSX, RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { isLength, useRunChoice } from "../../ui/run-choices.js";
import { Separator } from "./separator.js";

/** The least height, and the height at which its value is 100, in pixels. */
const MIN_HEIGHT = 120;
const MAX_HEIGHT = 2_000;

interface HeightHandleProps {
  sprintId: string;
  view: RefObject<HTMLElement | null>;
}

export function HeightHandle({ sprintId, view }: HeightHandleProps): JSX.Element {
  const [height, setHeight] = useRunChoice(sprintId, "height", isLength);
  useLayoutEffect(() => {
    const style = view.current?.style;
    style?.setProperty("--rtw-max-height", height === null ? "" : `${height}px`);
    style?.setProperty("block-size", height === null ? "" : `${height}px`);
  }, [view, height]);
  return (
    <Separator
      label="Height of the view"
      class="rtw-height-handle"
      orientation="horizontal"
      value={((height ?? view.current?.offsetHeight ?? MIN_HEIGHT) / MAX_HEIGHT) * 100}
      position={() => view.current?.offsetHeight ?? MIN_HEIGHT}
      onMove={(position) =>
        setHeight(Math.min(Math.max(Math.round(position), MIN_HEIGHT), MAX_HEIGHT))
      }
      onReset={() => setHeight(null)}
    />
  );
}
