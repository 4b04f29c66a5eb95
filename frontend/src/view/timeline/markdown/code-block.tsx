// A block of code, with its language, in its colours, and a button that copies it.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { CopyButton } from "../../../ui/copy-button.js";
import { drawSegments } from "../../../ui/segments.js";
import { LongText, Name, shownText } from "../../../ui/text.js";
import { highlight, MAX_CODE } from "./highlight.js";

interface CodeBlockProps {
  /** "" for none. */
  language: string;
  text: string;
}

export function CodeBlock({ language, text }: CodeBlockProps): JSX.Element {
  // Only the block that grows is read again.
  const segments = useMemo(() => highlight(text, language), [text, language]);
  return (
    <div class="rtw-code">
      <div class="rtw-code-head">
        <span class="rtw-code-language">
          <Name text={language} />
        </span>
        {/* With marks for hidden characters: what is pasted is what was read. */}
        <CopyButton label="Copy the code" text={() => shownText(text)} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre class="rtw-code-text" tabIndex={0}>
        {segments ? drawSegments(segments, Infinity, MAX_CODE) : <LongText text={text} />}
      </pre>
    </div>
  );
}
