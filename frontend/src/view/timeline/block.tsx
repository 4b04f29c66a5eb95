// A block of arguments, a result or another text in the font of code: 12 lines, and then a fold.

import type { JSX } from "preact";
import { useContext } from "preact/hooks";
import { formatCount } from "../../ui/format.js";
import { LongText } from "../../ui/text.js";
import { FoldsContext } from "./fold.js";

/** Lines shown at first, and characters of them: a line may be long. */
const FEW_LINES = 12;
const FEW_CHARACTERS = 2_000;

interface BlockProps {
  part: string;
  text: string;
  /** What it is, above it; empty for none. */
  label: string;
  isSuccess?: boolean;
}

export function Block({ part, text, label, isSuccess = false }: BlockProps): JSX.Element {
  const folds = useContext(FoldsContext);
  const end = endOfFew(text);
  const isOpen = end === text.length || folds.isOpen(part);
  return (
    <div class="rtw-block">
      {label !== "" && <span class="rtw-block-label">{label}</span>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre class={isSuccess ? "rtw-pre rtw-pre-result" : "rtw-pre"} tabIndex={0}>
        {isOpen ? <LongText text={text} /> : <LongText text={text.slice(0, end)} />}
      </pre>
      {!isOpen && (
        <button type="button" class="rtw-button rtw-more" onClick={() => folds.set(part, true)}>
          {moreWords(text.slice(end))}
        </button>
      )}
    </div>
  );
}

function endOfFew(text: string): number {
  let end = -1;
  for (let line = 0; line < FEW_LINES; line++) {
    end = text.indexOf("\n", end + 1);
    if (end < 0) break;
  }
  return Math.min(end < 0 ? text.length : end, FEW_CHARACTERS);
}

function moreWords(rest: string): string {
  const lines = rest.split("\n").length - 1;
  if (lines === 0) return `Show ${formatCount(rest.length, "more character")}`;
  return `Show ${formatCount(lines, "more line")}`;
}
