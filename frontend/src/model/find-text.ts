// Finding a text in a line, by the rules of the server's search (protocol 10).

export interface TextQuery {
  text: string;
  isRegex: boolean;
  isCase: boolean;
  isWord: boolean;
}

/** Most places in one line. */
const MAX_PLACES = 100;

const SPECIAL = /[\\^$.*+?()[\]{}|/-]/gu;

/** The first and the behind-last character of each place; none for a regular expression. */
export function findAll(line: string, query: TextQuery): [start: number, end: number][] {
  const { text, isRegex, isCase, isWord } = query;
  // A regular expression of JavaScript may run for ever, and differs from those of the server.
  if (isRegex || text === "") return [];
  const literal = text.replaceAll(SPECIAL, "\\$&");
  const pattern = isWord ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])` : literal;
  const places: [number, number][] = [];
  for (const { index, 0: found } of line.matchAll(new RegExp(pattern, isCase ? "gu" : "giu"))) {
    places.push([index, index + found.length]);
    if (places.length >= MAX_PLACES) break;
  }
  return places;
}
