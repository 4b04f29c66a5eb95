// One row of the log.

import { Component, type JSX } from "preact";
import { isOfRun, type LogLine } from "../model/log-line.js";
import { PLAIN } from "../terminal/sgr.js";
import { formatNumber } from "../ui/format.js";
import { InfoIcon, WarningIcon } from "../ui/icons.js";
import { drawSegments } from "../ui/segments.js";
import { Name, shownText } from "../ui/text.js";
import { formatExactTime } from "./log-times.js";

/** Most characters drawn of a row; copying takes the whole line. */
const MAX_DRAWN = 4_000;

const LEVEL_WORDS = { debug: "DEBUG", info: "", warning: "WARN", error: "ERROR", critical: "CRIT" };

interface LogRowProps {
  line: LogLine;
  /** What is shown as its time. */
  time: string;
  /** Whether there is a column of sources. */
  hasSources: boolean;
}

const LINES = new WeakMap<Element, LogLine>();

/** The line that is drawn as a row. */
export function lineOf(row: Element): LogLine | undefined {
  return LINES.get(row);
}

/** Drawn once for each choice of times, because a line never changes. */
export class LogRow extends Component<LogRowProps> {
  override shouldComponentUpdate({ line, time, hasSources }: LogRowProps): boolean {
    const { props } = this;
    return line !== props.line || time !== props.time || hasSources !== props.hasSources;
  }

  render({ line, time, hasSources }: LogRowProps): JSX.Element {
    const isFirst = line.part === 0;
    return (
      <div
        class={classOfRow(line)}
        ref={(element) => {
          if (element) LINES.set(element, line);
        }}
        title={line.isStderr ? "Standard error" : undefined}
      >
        <span
          class="rtw-line-time"
          title={time === "" ? undefined : formatExactTime(line.time ?? 0)}
        >
          {time}
        </span>
        <span class="rtw-line-level">
          {isFirst && drawLevel(line)}
          {isFirst && line.isStderr && <span class="rtw-visually-hidden">Standard error</span>}
        </span>
        {hasSources && isOfRun(line) && <Source name={isFirst ? line.source : null} />}
        <span class="rtw-line-text">{drawText(line)}</span>
      </div>
    );
  }
}

function Source({ name }: { name: string | null }): JSX.Element {
  if (name === null) return <span class="rtw-line-source" />;
  return (
    <span class="rtw-line-source" title={shownText(name)}>
      <Name text={name} />
    </span>
  );
}

function classOfRow(line: LogLine): string {
  const names = ["rtw-line", `rtw-line-${line.kind}`, `rtw-level-${line.level}`];
  if (line.isStderr) names.push("rtw-line-stderr");
  if (isRemark(line) && line.level === "info") names.push("rtw-line-quiet");
  return names.join(" ");
}

function isRemark({ kind }: LogLine): boolean {
  return kind === "notice" || kind === "note";
}

function drawLevel(line: LogLine): JSX.Element | string {
  if (!isRemark(line)) return LEVEL_WORDS[line.level];
  return line.level === "info" ? <InfoIcon label="Note" /> : <WarningIcon label="Warning" />;
}

function drawText({ text, segments }: LogLine): JSX.Element {
  const left = text.length - MAX_DRAWN;
  return (
    <>
      {drawSegments(segments ?? [{ text, style: PLAIN, href: null }], MAX_DRAWN)}
      {left > 0 && <span class="rtw-aside"> … {formatNumber(left)} more characters</span>}
    </>
  );
}
