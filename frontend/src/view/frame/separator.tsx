// A handle that is dragged, or moved with the arrow keys
// (https://www.w3.org/WAI/ARIA/apg/patterns/windowsplitter/).

import type { JSX, TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useRef } from "preact/hooks";

/** Pixels that an arrow key moves it. */
const STEP = 24;

interface SeparatorProps {
  label: string;
  class: string;
  /** `vertical`: a line from top to bottom, which is moved sideways. */
  orientation: "vertical" | "horizontal";
  /** Its place, 0 to 100. */
  value: number;
  /** Where it is, in pixels; read when a move begins. */
  position: () => number;
  /** It is moved to a place, in pixels. */
  onMove: (position: number) => void;
  /** Back to where it is without a choice. */
  onReset: () => void;
}

export function Separator(props: SeparatorProps): JSX.Element {
  const { label, orientation, value, position, onMove, onReset } = props;
  const start = useRef({ pointer: 0, position: 0 });
  const isVertical = orientation === "vertical";
  const pointerOf = (event: PointerEvent) => (isVertical ? event.clientX : event.clientY);
  const grab = (event: TargetedPointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { pointer: pointerOf(event), position: position() };
    event.preventDefault();
  };
  const drag = (event: TargetedPointerEvent<HTMLElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onMove(start.current.position + pointerOf(event) - start.current.pointer);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be focused or moved
    <div
      class={props.class}
      role="separator"
      tabIndex={0}
      title={`${label} (double click: reset)`}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(value)}
      onPointerDown={grab}
      onPointerMove={drag}
      onDblClick={onReset}
      onKeyDown={(event) => moveByKey(event, props)}
    />
  );
}

function moveByKey(
  event: TargetedKeyboardEvent<HTMLElement>,
  { orientation, position, onMove, onReset }: SeparatorProps,
): void {
  const isVertical = orientation === "vertical";
  const [back, forth] = isVertical ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
  if (event.key === back) onMove(position() - STEP);
  else if (event.key === forth) onMove(position() + STEP);
  else if (event.key === "Home") onReset();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
