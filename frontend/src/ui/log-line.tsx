// One row of the log.

import type { JSX } from "preact";
import type { Segment } from "../protocol/ansi.js";
import type { LogLine } from "../protocol/log.js";
import { formatClock } from "../protocol/sentences.js";
import type { SgrColor, SgrStyle } from "../protocol/sgr.js";
import { formatNumber } from "./format.js";
import { InfoIcon, WarningIcon } from "./icons.js";

/** Most characters of a row that are drawn; copying takes the whole line. */
const MAX_DRAWN = 4_000;

const LEVEL_WORDS = { debug: "DEBUG", info: "", warning: "WARN", error: "ERROR", critical: "CRIT" };

export function LogRow({ line }: { line: LogLine }): JSX.Element {
  const isFirst = !line.isContinuation;
  return (
    <div class={classOfRow(line)} title={line.isStderr ? "Standard error" : undefined}>
      <span class="rtw-line-time">{isFirst && line.time !== null && formatClock(line.time)}</span>
      <span class="rtw-line-level">
        {isFirst && drawLevel(line)}
        {isFirst && line.isStderr && <span class="rtw-unseen">Standard error</span>}
      </span>
      <span class="rtw-line-text">
        {isFirst && line.source !== null && <span class="rtw-line-source">{line.source}</span>}
        {drawText(line)}
      </span>
    </div>
  );
}

function classOfRow(line: LogLine): string {
  const names = ["rtw-line", `rtw-line-${line.kind}`, `rtw-level-${line.level}`];
  if (line.isStderr) names.push("rtw-line-stderr");
  if (isRemark(line) && line.level === "info") names.push("rtw-line-quiet");
  return names.join(" ");
}

/** Whether the log says it of itself. */
function isRemark({ kind }: LogLine): boolean {
  return kind === "notice" || kind === "note";
}

function drawLevel(line: LogLine): JSX.Element | string {
  if (!isRemark(line)) return LEVEL_WORDS[line.level];
  return line.level === "info" ? <InfoIcon label="Note" /> : <WarningIcon label="Warning" />;
}

function drawText({ text, segments }: LogLine): JSX.Element {
  const rest = text.length - MAX_DRAWN;
  return (
    <>
      {segments === null ? text.slice(0, MAX_DRAWN) : drawSegments(segments)}
      {rest > 0 && <span class="rtw-aside"> … {formatNumber(rest)} more characters</span>}
    </>
  );
}

function drawSegments(segments: readonly Segment[]): JSX.Element[] {
  const drawn: JSX.Element[] = [];
  let left = MAX_DRAWN;
  for (const { text, style, href } of segments) {
    if (left <= 0) break;
    const look = { class: classOf(style), style: colorsOf(style) };
    const part = text.slice(0, left);
    left -= part.length;
    drawn.push(
      href === null ? (
        <span key={drawn.length} {...look}>
          {part}
        </span>
      ) : (
        <a
          key={drawn.length}
          {...look}
          href={href}
          title={href}
          target="_blank"
          rel="noopener noreferrer"
        >
          {part}
        </a>
      ),
    );
  }
  return drawn;
}

function classOf(style: SgrStyle): string {
  const names: string[] = [];
  const [color, background] = colors(style);
  if (typeof color === "number") names.push(`rtw-fg-${color}`);
  if (typeof background === "number") names.push(`rtw-bg-${background}`);
  if (color !== null && background !== null) names.push("rtw-filled");
  if (style.isInverse && color === null) names.push("rtw-fg-inverse");
  if (style.isInverse && background === null) names.push("rtw-bg-inverse");
  if (style.isBold) names.push("rtw-bold");
  if (style.isDim) names.push("rtw-dim");
  if (style.isItalic) names.push("rtw-italic");
  if (style.isUnderlined) names.push("rtw-underlined");
  if (style.isStruck) names.push("rtw-struck");
  return names.join(" ");
}

function colorsOf(style: SgrStyle): Record<string, string> {
  const [color, background] = colors(style);
  return {
    ...(typeof color === "string" && { color }),
    ...(typeof background === "string" && { backgroundColor: background }),
  };
}

function colors({ color, background, isInverse }: SgrStyle): [SgrColor | null, SgrColor | null] {
  return isInverse ? [background, color] : [color, background];
}
