// Text of a run as it is drawn: hidden characters as marks, within a budget of elements and
// characters, so that no text makes the page slow.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { plainText } from "../protocol/ansi.js";
import { markHidden, splitHidden } from "../protocol/hidden.js";
import { formatNumber } from "./format.js";

/** Most elements of one text. What comes after them is drawn without marks or colours apart. */
export const MAX_ELEMENTS = 200;

/** Characters that are drawn of the beginning and of the end of a long text. */
const HEAD = 6_000;
const TAIL = 2_000;

/** Characters that are drawn of a name: more than fit on one line. */
const MOST_OF_NAME = 400;

/** Text for where there are no elements, such as a tooltip. */
export function shownText(text: string): string {
  return markHidden(plainText(text));
}

/** Text with a look of its own for the marks. */
export function Text({ text }: { text: string }): JSX.Element {
  const drawn: (JSX.Element | string)[] = [];
  let rest = "";
  for (const piece of splitHidden(plainText(text))) {
    if (drawn.length >= MAX_ELEMENTS) rest += piece.text;
    else drawn.push(piece.isMark ? <Mark key={drawn.length} text={piece.text} /> : piece.text);
  }
  return (
    <>
      {drawn}
      {rest}
    </>
  );
}

/** A text of one line beside other text, whose order it does not change. */
export function Name({ text }: { text: string }): JSX.Element {
  return (
    <bdi>
      <Text text={text.slice(0, MOST_OF_NAME)} />
    </bdi>
  );
}

export function Mark({ text }: { text: string }): JSX.Element {
  return <span class="rtw-mark">{text}</span>;
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
