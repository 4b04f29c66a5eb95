// Text of a run as it is drawn where it is no line of the log: its beginning and its end, where it
// is long.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { parseText, plainText } from "../terminal/ansi.js";
import { markHidden } from "../terminal/hidden.js";
import { formatNumber } from "./format.js";
import { drawSegments } from "./segments.js";

/** Characters that are drawn of the beginning and of the end of a long text. */
const HEAD = 6_000;
const TAIL = 2_000;

/** Characters that are drawn of a name: more than fit on one line. */
const MOST_OF_NAME = 400;

/** Text for where there are no elements, such as a tooltip. */
export function shownText(text: string): string {
  return markHidden(plainText(text));
}

/** Text with the colours that its control sequences give it. */
export function Text({ text }: { text: string }): JSX.Element {
  return drawSegments(parseText(text));
}

/** A text of one line beside other text, whose order and colour it does not change. */
export function Name({ text }: { text: string }): JSX.Element {
  return (
    <bdi>
      <Text text={plainText(text.slice(0, MOST_OF_NAME))} />
    </bdi>
  );
}

/** A text of any length: its beginning and its end, and all of it on request. */
export function LongText({ text }: { text: string }): JSX.Element {
  const [isWhole, setWhole] = useState(false);
  const left = text.length - HEAD - TAIL;
  if (left <= 0 || isWhole) return <Text text={text} />;
  return (
    <>
      <Text text={text.slice(0, HEAD)} />
      <button type="button" class="rtw-button rtw-more" onClick={() => setWhole(true)}>
        Show {formatNumber(left)} more characters
      </button>
      <Text text={text.slice(-TAIL)} />
    </>
  );
}
