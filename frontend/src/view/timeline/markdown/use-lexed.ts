// The tokens of a growing text, made at most ten times a second.

import type { Token } from "marked";
import { useEffect, useRef, useState } from "preact/hooks";
import { GrowingMarkdown } from "./lexing.js";

/** Milliseconds between two readings of an open text. */
const EVERY = 100;

export function useLexed(text: string, isOpen: boolean): readonly Token[] | null {
  const [growing] = useState(() => new GrowingMarkdown());
  const [, setTurn] = useState(0);
  const last = useRef<{ at: number; text: string; tokens: readonly Token[] | null } | null>(null);
  const isFirst = last.current === null || last.current.text === "";
  const wait = isFirst || !isOpen ? 0 : (last.current?.at ?? 0) + EVERY - performance.now();
  const isStale = last.current?.text !== text || !isOpen;
  if (isStale && wait <= 0) {
    last.current = { at: performance.now(), text, tokens: growing.update(text, isOpen) };
  }
  const isWaiting = isStale && wait > 0;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setTimeout(() => setTurn((turn) => turn + 1), wait);
    return () => clearTimeout(timer);
  }, [isWaiting]);
  return last.current?.tokens ?? null;
}
