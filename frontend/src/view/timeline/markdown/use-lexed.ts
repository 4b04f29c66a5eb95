// The tokens of a growing text, made at most ten times a second and, while it is open, of so much
// more text each time that drawing it does not block the page.

import type { Token } from "marked";
import { useEffect, useRef, useState } from "preact/hooks";
import { GrowingMarkdown, MAX_MARKDOWN } from "./lexing.js";

/** Milliseconds between two readings of an open text. */
const EVERY = 100;

/** Most characters by which what is shown of an open text grows at once. */
const MAX_GROWTH = 2_000;

export function useLexed(text: string, isOpen: boolean): readonly Token[] | null {
  const [growing] = useState(() => new GrowingMarkdown());
  const [, setTurn] = useState(0);
  const last = useRef<{ at: number; text: string; tokens: readonly Token[] | null } | null>(null);
  const before = last.current;
  const isFirst = before === null || before.text === "";
  const isDue = isFirst || !isOpen || performance.now() >= before.at + EVERY;
  if (isDue && (before?.text !== text || !isOpen)) {
    const part = isOpen ? grown(text, before?.text.length ?? 0) : text;
    last.current = { at: performance.now(), text: part, tokens: growing.update(part, isOpen) };
  }
  const shown = last.current?.text;
  const isBehind = shown !== text;
  useEffect(() => {
    if (!isBehind) return undefined;
    const wait = (last.current?.at ?? 0) + EVERY - performance.now();
    const timer = setTimeout(() => setTurn((turn) => turn + 1), wait);
    return () => clearTimeout(timer);
  }, [isBehind, shown]);
  return last.current?.tokens ?? null;
}

/** So much of a text as is shown next; one that is no Markdown is cheap to draw as a whole. */
function grown(text: string, length: number): string {
  return text.length > MAX_MARKDOWN ? text : text.slice(0, length + MAX_GROWTH);
}
