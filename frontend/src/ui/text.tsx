// Text of a run outside the log: with terminal colours, and abbreviated where it is long.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { parseText, plainText } from "../terminal/ansi.js";
import { markHidden } from "../terminal/hidden.js";
import { formatNumber } from "./format.js";
import { drawSegments } from "./segments.js";

/** Characters drawn from the beginning and from the end of a long text. */
const HEAD = 6_000;
const TAIL = 2_000;

/** Characters drawn of a name: more than fit on one line. */
const MAX_NAME = 400;

/** Text for places without elements, such as a tooltip: without colours, hidden characters marked. */
export function shownText(text: string): string {
  return markHidden(plainText(text));
}

/** Text with the colours that its control sequences give it. */
export function Text({ text }: { text: string }): JSX.Element {
  return drawSegments(parseText(text));
}

/** One line of text, isolated: it changes neither the order nor the colour of the text beside it. */
export function Name({ text }: { text: string }): JSX.Element {
  return (
    <bdi>
      <Text text={plainText(text.slice(0, MAX_NAME))} />
    </bdi>
  );
}

/** A text of any length: its beginning and its end, and the rest on request. */
export function LongText({ text }: { text: string }): JSX.Element {
  const [isExpanded, setExpanded] = useState(false);
  const left = text.length - HEAD - TAIL;
  if (left <= 0 || isExpanded) return <Text text={text} />;
  return (
    <>
      <Text text={text.slice(0, HEAD)} />
      <button type="button" class="rtw-button rtw-more" onClick={() => setExpanded(true)}>
        Show {formatNumber(left)} more characters
      </button>
      <Text text={text.slice(-TAIL)} />
    </>
  );
}
