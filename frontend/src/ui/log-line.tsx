// One row of the log.

import { Component, type JSX } from "preact";
import type { Segment } from "../protocol/ansi.js";
import { type Piece, splitHidden } from "../protocol/hidden.js";
import type { LogLine } from "../protocol/log.js";
import { formatClock } from "../protocol/sentences.js";
import { PLAIN, type SgrColor, type SgrStyle } from "../protocol/sgr.js";
import { formatNumber } from "./format.js";
import { InfoIcon, WarningIcon } from "./icons.js";
import { MAX_ELEMENTS, Mark, Name, shownText } from "./text.js";

/** Most characters of a row that are drawn; copying takes the whole line. */
const MAX_DRAWN = 4_000;

const LEVEL_WORDS = { debug: "DEBUG", info: "", warning: "WARN", error: "ERROR", critical: "CRIT" };

interface LogRowProps {
  line: LogLine;
  /** Whether there is a column for the sources of lines. */
  hasSources: boolean;
}

/** Drawn once: a line never changes. */
export class LogRow extends Component<LogRowProps> {
  override shouldComponentUpdate({ line, hasSources }: LogRowProps): boolean {
    return line !== this.props.line || hasSources !== this.props.hasSources;
  }

  render({ line, hasSources }: LogRowProps): JSX.Element {
    const isFirst = !line.isContinuation;
    return (
      <div class={classOfRow(line)} title={line.isStderr ? "Standard error" : undefined}>
        <span class="rtw-line-time">{isFirst && line.time !== null && formatClock(line.time)}</span>
        <span class="rtw-line-level">
          {isFirst && drawLevel(line)}
          {isFirst && line.isStderr && <span class="rtw-unseen">Standard error</span>}
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

/** Whether the log says it of itself. */
function isRemark({ kind }: LogLine): boolean {
  return kind === "notice" || kind === "note";
}

function isOfRun({ kind }: LogLine): boolean {
  return kind === "log" || kind === "other";
}

function drawLevel(line: LogLine): JSX.Element | string {
  if (!isRemark(line)) return LEVEL_WORDS[line.level];
  return line.level === "info" ? <InfoIcon label="Note" /> : <WarningIcon label="Warning" />;
}

function drawText({ text, segments }: LogLine): JSX.Element {
  const left = text.length - MAX_DRAWN;
  const drawn: (JSX.Element | string)[] = [];
  let rest = "";
  for (const { piece, segment } of piecesOf(segments ?? [{ text, style: PLAIN, href: null }])) {
    if (drawn.length >= MAX_ELEMENTS) rest += piece.text;
    else if (piece.isMark) drawn.push(<Mark key={drawn.length} text={piece.text} />);
    else if (segments === null) drawn.push(piece.text);
    else drawn.push(drawSegment(piece.text, segment, drawn.length));
  }
  return (
    <>
      {drawn}
      {rest}
      {left > 0 && <span class="rtw-aside"> … {formatNumber(left)} more characters</span>}
    </>
  );
}

/** The pieces of the segments, up to the most characters that are drawn. */
function* piecesOf(segments: readonly Segment[]): Generator<{ piece: Piece; segment: Segment }> {
  let left = MAX_DRAWN;
  for (const segment of segments) {
    if (left <= 0) return;
    for (const piece of splitHidden(segment.text.slice(0, left))) yield { piece, segment };
    left -= segment.text.length;
  }
}

function drawSegment(text: string, { style, href }: Segment, key: number): JSX.Element {
  const look = { class: classOf(style), style: colorsOf(style) };
  return href === null ? (
    <span key={key} {...look}>
      {text}
    </span>
  ) : (
    <a key={key} {...look} href={href} title={href} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
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
