// Marks of the warnings and errors of the whole log, beside its scroll bar.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { SEVERITIES, type SevereEvents, type Severity } from "../../model/severe-events.js";
import { heightsOf, type Layout } from "./log-layout.js";

/** Height of a mark with the room around it, in pixels: there is one mark for all within it. */
const STEP = 3;

interface LogMarksProps {
  severe: SevereEvents;
  layout: Layout;
  /** The height of the scroll bar, in pixels. */
  height: number;
}

export function LogMarks({ severe, layout, height }: LogMarksProps): JSX.Element | null {
  const paths = useMemo(
    () => SEVERITIES.map((severity) => pathOf(severe, severity, layout, height)),
    [severe, severe.version, Math.round(layout.height), height],
  );
  // Without a scroll bar every line is visible.
  if (layout.height <= height || paths.every((path) => path === "")) return null;
  return (
    <svg class="rtw-marks" width="7" height={height} aria-hidden="true">
      {SEVERITIES.map((severity, index) => (
        <path key={severity} class={`rtw-marks-${severity}`} d={paths[index] ?? ""} />
      )).reverse()}
    </svg>
  );
}

/** A line for each step of the height in which there is an event of the severity. */
function pathOf(severe: SevereEvents, severity: Severity, layout: Layout, height: number): string {
  const scale = height / Math.max(layout.height, 1);
  const steps = heightsOf(layout, severe.seqs(severity)).map((y) => Math.floor((y * scale) / STEP));
  return [...new Set(steps)].map((step) => `M0 ${step * STEP}h7v2h-7z`).join("");
}
