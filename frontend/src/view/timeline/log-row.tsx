// A warning or an error of the log in the timeline.

import type { JSX } from "preact";
import type { LogLine } from "../../model/log-line.js";
import { formatClock } from "../../model/remarks.js";
import { PLAIN } from "../../terminal/sgr.js";
import { drawSegments } from "../../ui/segments.js";
import { Name } from "../../ui/text.js";

/** Most characters drawn of a line; the log has all. */
const MAX_DRAWN = 1_000;

const WORDS = { debug: "", info: "", warning: "WARN", error: "ERROR", critical: "CRIT" };

export function LogRow({ line }: { line: LogLine }): JSX.Element {
  const { time, level, source, text, segments } = line;
  return (
    <div class={`rtw-severe-line rtw-level-${level}`}>
      {time !== null && <span class="rtw-time">{formatClock(time)}</span>}
      <span class="rtw-line-level">{WORDS[level]}</span>
      {source !== null && (
        <span class="rtw-severe-source">
          <Name text={source} />
        </span>
      )}
      <span class="rtw-severe-text">
        {drawSegments(segments ?? [{ text, style: PLAIN, href: null }], MAX_DRAWN)}
        {text.length > MAX_DRAWN && "…"}
      </span>
    </div>
  );
}
