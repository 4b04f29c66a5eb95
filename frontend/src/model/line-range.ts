// A range of lines of a log, and its form in the fragment of a URL, such as `#L123-L140`.
//
// A line is named by the number of its event, which never changes, and by its place in the message
// where that has several lines: `L123` is the first line of event 123, `L123.2` the third.

/** Where a line is in the log: the number of its event, and the line of its message. */
export interface LinePoint {
  seq: number;
  part: number;
}

/** Lines from `first` to `last`, both included. */
export interface LineRange {
  first: LinePoint;
  last: LinePoint;
}

const FRAGMENT = /^#L(\d{1,16})(?:\.(\d{1,6}))?(?:-L(\d{1,16})(?:\.(\d{1,6}))?)?$/;

/** Negative where `a` is before `b`, positive where it is after it. */
export function comparePoints(a: LinePoint, b: LinePoint): number {
  return a.seq - b.seq || a.part - b.part;
}

/** The range between two lines, in either order. */
export function rangeOf(a: LinePoint, b: LinePoint): LineRange {
  return comparePoints(a, b) <= 0
    ? { first: pointOf(a), last: pointOf(b) }
    : { first: pointOf(b), last: pointOf(a) };
}

export function isInRange(point: LinePoint, { first, last }: LineRange): boolean {
  return comparePoints(first, point) <= 0 && comparePoints(point, last) <= 0;
}

export function isOneLine({ first, last }: LineRange): boolean {
  return comparePoints(first, last) === 0;
}

/** The fragment of a URL, with its `#`. */
export function fragmentOf(range: LineRange): string {
  return isOneLine(range)
    ? `#${nameOf(range.first)}`
    : `#${nameOf(range.first)}-${nameOf(range.last)}`;
}

/** The range that a fragment names; null where it names none. */
export function readFragment(fragment: string): LineRange | null {
  const found = FRAGMENT.exec(fragment);
  if (!found) return null;
  const [, seq, part = "0", lastSeq = seq, lastPart = found[3] ? "0" : part] = found;
  const [a, b] = [readPoint(seq, part), readPoint(lastSeq, lastPart)];
  return a && b ? rangeOf(a, b) : null;
}

/** "Line 123", "Lines 123–140". */
export function rangeWords(range: LineRange): string {
  const [first, last] = [nameOf(range.first).slice(1), nameOf(range.last).slice(1)];
  return first === last ? `Line ${first}` : `Lines ${first}–${last}`;
}

function pointOf({ seq, part }: LinePoint): LinePoint {
  return { seq, part };
}

function nameOf({ seq, part }: LinePoint): string {
  return part === 0 ? `L${seq}` : `L${seq}.${part}`;
}

function readPoint(seq: string | undefined, part: string): LinePoint | null {
  const point = { seq: Number(seq), part: Number(part) };
  return Number.isSafeInteger(point.seq) && point.seq > 0 ? point : null;
}
