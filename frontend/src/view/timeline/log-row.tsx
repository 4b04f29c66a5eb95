// A warning or an error of the log in the timeline, or many of them in one row.

import type { JSX } from "preact";
import { useContext } from "preact/hooks";
import type { LogLine } from "../../model/log-line.js";
import { formatClock } from "../../model/remarks.js";
import { severityOf } from "../../model/severe-events.js";
import { PLAIN } from "../../terminal/sgr.js";
import { formatCount } from "../../ui/format.js";
import { drawSegments } from "../../ui/segments.js";
import { Name } from "../../ui/text.js";
import { ShowLine } from "../log/show-line.js";
import { Toggle } from "./toggle.js";

/** Most characters drawn of a line; the log has all. */
const MAX_DRAWN = 1_000;

const WORDS = { debug: "", info: "", warning: "WARN", error: "ERROR", critical: "CRIT" };

export function LogRow({ line }: { line: LogLine }): JSX.Element {
  const { time, level, source, text, segments, seq } = line;
  const show = useContext(ShowLine);
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
      <button
        type="button"
        class="rtw-severe-link"
        title="Show this line in the log"
        aria-label={`L${seq}: show this line in the log`}
        onClick={() => show(seq)}
      >
        L{seq}
      </button>
    </div>
  );
}

/** Lines in a row, of which the newest stands beside their number while they are folded. */
export function LogLines(props: { lines: readonly LogLine[]; isOpen: boolean }): JSX.Element {
  const { lines, isOpen } = props;
  return (
    <Toggle isOpen={isOpen}>
      <span class="rtw-row-line">
        <span>{severeWords(lines)} in the log</span>
        {!isOpen && (
          <span class="rtw-row-aside rtw-tool-args">
            <Name text={lines.at(-1)?.text ?? ""} />
          </span>
        )}
      </span>
    </Toggle>
  );
}

/** "8 warnings, 2 errors". */
export function severeWords(lines: readonly LogLine[]): string {
  const errors = lines.filter(({ level }) => severityOf(level) === "error").length;
  const warnings = lines.length - errors;
  return [warnings && formatCount(warnings, "warning"), errors && formatCount(errors, "error")]
    .filter(Boolean)
    .join(", ");
}
