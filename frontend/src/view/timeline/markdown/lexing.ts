// Markdown as tokens, made again for a growing text only from its last block on.

import { Lexer, type Token } from "marked";

/** Most characters of a text that is Markdown: the lexer's time may grow with the square of it. */
export const MAX_MARKDOWN = 20_000;

/** Escape sequences and other control characters of terminals, which Markdown does not have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const TERMINAL = /[\0-\x08\x0b-\x1f\x7f]/;

/** Make the rules of the lexer, which takes a while with the first text. */
export function prepareLexer(): void {
  lex("");
}

export class GrowingMarkdown {
  #text = "";
  #tokens: readonly Token[] = [];

  /** The blocks of a text; null where it is no Markdown, or cannot be read as such. */
  update(text: string, isOpen: boolean): readonly Token[] | null {
    if (text.length > MAX_MARKDOWN || TERMINAL.test(text)) return null;
    if (text === this.#text && isOpen) return this.#tokens;
    // At its end all is read again: a definition of a link changes what is before it.
    const kept = isOpen && text.startsWith(this.#text) ? withoutLast(this.#tokens) : [];
    const from = kept.reduce((sum, { raw }) => sum + raw.length, 0);
    const tokens = lex(text.slice(from));
    this.#text = tokens === null ? "" : text;
    this.#tokens = tokens === null ? [] : [...kept, ...tokens];
    return tokens === null ? null : this.#tokens;
  }
}

/** The blocks that no further text changes: those before the last one that is not empty. */
function withoutLast(tokens: readonly Token[]): readonly Token[] {
  const last = tokens.findLastIndex(({ type }) => type !== "space");
  return tokens.slice(0, Math.max(last, 0));
}

/** The blocks of a text; null where it is nested deeper than the lexer's stack. */
function lex(text: string): Token[] | null {
  try {
    return new Lexer({ gfm: true, breaks: true }).lex(text);
  } catch {
    return null;
  }
}
