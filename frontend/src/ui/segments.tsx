// Terminal text and hidden characters as elements; their number is bounded, so that no text makes
// the page slow.

import type { JSX } from "preact";
import type { Segment } from "../terminal/ansi.js";
import { splitHidden } from "../terminal/hidden.js";
import { PLAIN, type SgrColor, type SgrStyle } from "../terminal/sgr.js";

/** Most elements of one text; the rest of it is drawn as one plain text. */
export const MAX_ELEMENTS = 200;

/** Draw segments, up to `most` characters and as so many elements. */
export function drawSegments(
  segments: readonly Segment[],
  most = Infinity,
  elements = MAX_ELEMENTS,
): JSX.Element {
  const drawn: (JSX.Element | string)[] = [];
  let rest = "";
  let left = most;
  for (const segment of segments) {
    if (left <= 0) break;
    const isPlain = segment.style === PLAIN && segment.href === null;
    for (const piece of splitHidden(segment.text.slice(0, left))) {
      if (drawn.length >= elements) rest += piece.text;
      else if (piece.isMark) drawn.push(<Mark key={drawn.length} text={piece.text} />);
      else if (isPlain) drawn.push(piece.text);
      else drawn.push(drawSegment(piece.text, segment, drawn.length));
    }
    left -= segment.text.length;
  }
  return (
    <>
      {drawn}
      {rest}
    </>
  );
}

function Mark({ text }: { text: string }): JSX.Element {
  return <span class="rtw-mark">{text}</span>;
}

function drawSegment(text: string, { style, href }: Segment, key: number): JSX.Element {
  const look = { class: classOf(style), style: colorsOf(style) };
  return href === null ? (
    <span key={key} {...look}>
      {text}
    </span>
  ) : (
    <a
      key={key}
      {...look}
      class={`rtw-link ${look.class}`}
      href={href}
      title={href}
      target="_blank"
      rel="noopener noreferrer"
    >
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
