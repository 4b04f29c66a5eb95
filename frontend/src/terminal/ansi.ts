// Parses terminal text into lines of styled segments, never into HTML.
//
// Theory of operation. One pass over the characters, with a state machine for control sequences.
// Interpreted: SGR (colours and the like), carriage return, backspace, erase in line, and OSC 8
// links to http and https. Every other control sequence is removed. A sequence ends at its final
// byte, at a line break or after MAX_CONTROL characters, so that none hides the log after it. Other
// control characters of ASCII, such as NUL, are shown as marks. Snapshots and searches have the same
// rules (`protocol/terminal_text.py`); tests/vectors/terminal.json tests both.
//
//     TEXT --ESC--> ESCAPE --[--> CSI ----final----> TEXT
//                      |---] P X ^ _--> STRING --BEL, ST--> TEXT
//                      +---final--> TEXT

import { PLAIN, type SgrStyle, sgr } from "./sgr.js";

/** Longest control sequence; what follows it is text again. */
const MAX_CONTROL = 4096;

/** The control pictures of Unicode, in the order of the controls that they show. */
const FIRST_PICTURE = 0x2400;

/** A mark differs from the text around it. */
const MARK: SgrStyle = { ...PLAIN, isDim: true };

/** Consecutive characters of one style. */
export interface Segment {
  text: string;
  style: SgrStyle;
  /** An http or https address, or null. */
  href: string | null;
}

export interface AnsiLine {
  /** The characters, without controls or with their marks. */
  text: string;
  /** Null where the line has no style and no link. */
  segments: readonly Segment[] | null;
}

type State = "text" | "escape" | "csi" | "string";

const BEL = 0x07;
const BACKSPACE = 0x08;
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const ESC = 0x1b;
const SPACE = 0x20;
const DELETE = 0x7f;
const LAST_C1 = 0x9f;
const STRING_TERMINATOR = 0x9c;

/** Parse text into lines. A line break at the end of the text does not begin a new line. */
export function parseAnsi(text: string): AnsiLine[] {
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  if (!hasControls(body)) return body.split("\n").map((line) => ({ text: line, segments: null }));
  return new Parser().parse(body);
}

/** Parse a text that is not a line of a log; the segments contain its line breaks. */
export function parseText(text: string): Segment[] {
  if (!hasControls(text)) return [{ text, style: PLAIN, href: null }];
  return new Parser()
    .parse(text)
    .flatMap((line, index) => [
      ...(index > 0 ? [{ text: "\n", style: PLAIN, href: null }] : []),
      ...(line.segments ?? [{ text: line.text, style: PLAIN, href: null }]),
    ]);
}

/** The text as it is shown, without colours: controls are removed or marked. */
export function plainText(text: string): string {
  return parseText(text)
    .map((segment) => segment.text)
    .join("");
}

function hasControls(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (isControl(code) && code !== TAB && code !== NEWLINE) return true;
  }
  return false;
}

function isControl(code: number): boolean {
  return code < SPACE || (code >= DELETE && code <= LAST_C1);
}

class Parser {
  #lines: AnsiLine[] = [];
  #characters: string[] = [];
  #styles: SgrStyle[] = [];
  #links: (string | null)[] = [];
  #cursor = 0;
  #style = PLAIN;
  #link: string | null = null;
  #state: State = "text";
  /** Index of the payload of the current control sequence. */
  #start = 0;

  parse(text: string): AnsiLine[] {
    for (let index = 0; index < text.length; index++) {
      const code = text.codePointAt(index) ?? 0;
      if (this.#state === "text" || this.#endsEarly(code, index)) this.#text(code, index);
      else if (this.#state === "escape") this.#escape(code, index);
      else if (this.#state === "csi") this.#csi(code, text, index);
      else this.#string(code, text, index);
      // A character outside the basic plane is two code units.
      if (code > 0xffff) index++;
    }
    this.#endLine();
    return this.#lines;
  }

  /** Whether the control sequence is incomplete and ends here, so that this character is text. */
  #endsEarly(code: number, index: number): boolean {
    if (code !== NEWLINE && index - this.#start < MAX_CONTROL) return false;
    this.#state = "text";
    return true;
  }

  #text(code: number, index: number): void {
    if (code === ESC) this.#begin(index);
    else if (code === NEWLINE) this.#endLine();
    else if (code === RETURN) this.#cursor = 0;
    else if (code === BACKSPACE) this.#cursor = Math.max(this.#cursor - 1, 0);
    else if (code === TAB || !isControl(code)) this.#write(String.fromCodePoint(code), this.#style);
    else if (code < SPACE) this.#write(String.fromCodePoint(FIRST_PICTURE + code), MARK);
  }

  #escape(code: number, index: number): void {
    if (code === ESC) return;
    // Intermediate bytes (as in ESC ( B) precede the final one.
    if (code >= SPACE && code <= 0x2f) return;
    this.#start = index + 1;
    if (code < SPACE) this.#abort(code, index);
    else if (code === 0x5b) this.#state = "csi";
    else if ("]PX^_".includes(String.fromCodePoint(code))) this.#state = "string";
    else this.#state = "text";
  }

  #csi(code: number, text: string, index: number): void {
    if (code >= SPACE && code < 0x40) return;
    if (code < SPACE || code > 0x7e) {
      this.#abort(code, index);
      return;
    }
    this.#state = "text";
    const parameters = text.slice(this.#start, index);
    if (code === 0x6d) this.#style = sgr(this.#style, parameters);
    else if (code === 0x4b) this.#eraseInLine(parameters);
  }

  #string(code: number, text: string, index: number): void {
    if (code === BEL || code === STRING_TERMINATOR) {
      this.#endString(text, index);
    } else if (code === ESC) {
      // ESC \ is the terminator; with another letter it begins the next sequence.
      this.#endString(text, index);
      this.#begin(index);
    }
  }

  /** End a sequence at a character that does not belong to it. */
  #abort(code: number, index: number): void {
    this.#state = "text";
    this.#text(code, index);
  }

  #begin(index: number): void {
    this.#state = "escape";
    this.#start = index + 1;
  }

  #endString(text: string, index: number): void {
    this.#state = "text";
    const isOsc = text.charCodeAt(this.#start - 1) === 0x5d;
    const payload = text.slice(this.#start, index);
    if (!isOsc || !payload.startsWith("8;")) return;
    const uri = payload.slice(payload.indexOf(";", 2) + 1);
    this.#link = isWebAddress(uri) ? uri : null;
  }

  #write(character: string, style: SgrStyle): void {
    this.#characters[this.#cursor] = character;
    this.#styles[this.#cursor] = style;
    this.#links[this.#cursor] = this.#link;
    this.#cursor += 1;
  }

  /**
   * Erase to the end of the line (0) or all of it (2).
   *
   * Erasing all also moves to the first column: that is where programs continue in practice, and
   * keeping blanks up to the cursor would let a hostile text cost quadratic time.
   */
  #eraseInLine(parameters: string): void {
    if (parameters === "2") this.#cursor = 0;
    else if (parameters !== "" && parameters !== "0") return;
    this.#characters.length = this.#cursor;
    this.#styles.length = this.#cursor;
    this.#links.length = this.#cursor;
  }

  #endLine(): void {
    const segments: Segment[] = [];
    let last: Segment | undefined;
    for (const [index, character] of this.#characters.entries()) {
      const style = this.#styles[index] ?? PLAIN;
      const href = this.#links[index] ?? null;
      if (last !== undefined && last.style === style && last.href === href) {
        last.text += character;
      } else {
        last = { text: character, style, href };
        segments.push(last);
      }
    }
    const isPlain = segments.every(({ style, href }) => style === PLAIN && href === null);
    this.#lines.push({ text: this.#characters.join(""), segments: isPlain ? null : segments });
    this.#characters = [];
    this.#styles = [];
    this.#links = [];
    this.#cursor = 0;
  }
}

/** Only http and https, and only visible ASCII, as RFC 3986 requires. */
function isWebAddress(uri: string): boolean {
  const lower = uri.slice(0, 8).toLowerCase();
  if (!lower.startsWith("http://") && !lower.startsWith("https://")) return false;
  for (let index = 0; index < uri.length; index++) {
    const code = uri.charCodeAt(index);
    if (code <= 0x20 || code >= DELETE) return false;
  }
  return true;
}
