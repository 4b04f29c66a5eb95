// Marks for characters that are invisible or change the order of the characters around them.
//
// Without marks a prompt can read "rm -rf tmp/ ?" and mean something else, and two names that look
// alike can differ. The snapshot (`display/hidden_text.py`) has the same rule; tests/vectors/hidden.json
// tests both. Marked are the default ignorable code points of Unicode, line and paragraph
// separators, and annotation controls. They stay unmarked only in their intended use: a joiner
// within an emoji or between letters that it shapes, a variation selector after a character that
// has variants, the tags of the three flags that are spelled with them. Right-to-left text needs
// none of them.

/** A piece of a text: unchanged characters, or the mark of a hidden one. */
export interface Piece {
  text: string;
  isMark: boolean;
}

const HIDDEN =
  "\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u200B-\\u200F\\u2028-\\u202E" +
  "\\u2060-\\u206F\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\u{1BCA0}-\\u{1BCA3}" +
  "\\u{1D173}-\\u{1D17A}\\u{E0000}-\\u{E0FFF}";

const PICTURE =
  "\\u00A9\\u00AE\\u203C\\u2049\\u2122\\u2139\\u2190-\\u21FF\\u2300-\\u27BF\\u2900-\\u297F" +
  "\\u2B00-\\u2BFF\\u3030\\u303D\\u3297\\u3299\\u{1F000}-\\u{1FAFF}";

/** Letters whose shape a joiner changes: of Arabic and its relatives, of India, Burma and Cambodia. */
const SHAPED = "\\u0620-\\u0DFF\\u1000-\\u109F\\u1780-\\u17B3\\u17B6-\\u17FF";

const IDEOGRAPH = "\\u3400-\\u4DBF\\u4E00-\\u9FFF\\uF900-\\uFAFF\\u{20000}-\\u{3FFFF}";

const ENGLAND = "\\u{E0065}\\u{E006E}\\u{E0067}";
const SCOTLAND = "\\u{E0073}\\u{E0063}\\u{E0074}";
const WALES = "\\u{E0077}\\u{E006C}\\u{E0073}";

const NEEDED = [
  `(?<=[${PICTURE}\\uFE0F])\\u200D(?=[${PICTURE}])`,
  `(?<=[${PICTURE}])[\\uFE0E\\uFE0F]`,
  "(?<=[#*0-9])\\uFE0F(?=\\u20E3)",
  `(?<=\\u{1F3F4})\\u{E0067}\\u{E0062}(?:${ENGLAND}|${SCOTLAND}|${WALES})\\u{E007F}`,
  `(?<=[${SHAPED}])[\\u200C\\u200D](?=[${SHAPED}])`,
  `(?<=[${IDEOGRAPH}])[\\uFE00-\\uFE02\\u{E0100}-\\u{E01EF}]`,
  "(?<=[\\u1820-\\u18AA])[\\u180B-\\u180F]",
];

const ANY = new RegExp(`[${HIDDEN}]`, "u");
const NEEDED_OR_HIDDEN = new RegExp(`${NEEDED.join("|")}|(?<hidden>[${HIDDEN}])\\k<hidden>*`, "gu");

/** Split text into visible characters and marks such as `<U+202E>`. */
export function splitHidden(text: string): Piece[] {
  const pieces: Piece[] = [];
  let seen = 0;
  const show = (end: number) => {
    if (end > seen) pieces.push({ text: text.slice(seen, end), isMark: false });
  };
  if (ANY.test(text)) {
    for (const { index, 0: found, groups } of text.matchAll(NEEDED_OR_HIDDEN)) {
      const hidden = groups?.["hidden"];
      if (hidden === undefined) continue;
      show(index);
      pieces.push({ text: markOf(hidden, found.length / hidden.length), isMark: true });
      seen = index + found.length;
    }
  }
  show(text.length);
  return pieces;
}

/** The text with its marks. */
export function markHidden(text: string): string {
  return ANY.test(text)
    ? splitHidden(text)
        .map((piece) => piece.text)
        .join("")
    : text;
}

function markOf(character: string, count: number): string {
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  return count > 1 ? `<U+${code} ×${count}>` : `<U+${code}>`;
}
