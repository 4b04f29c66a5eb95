// A block of code, with its language and a button that copies it.

import type { JSX } from "preact";
import { LongText, Name, shownText } from "../../../ui/text.js";
import { CopyButton } from "../../copy-button.js";

interface CodeBlockProps {
  /** "" for none. */
  language: string;
  text: string;
}

export function CodeBlock({ language, text }: CodeBlockProps): JSX.Element {
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
        <LongText text={text} />
      </pre>
    </div>
  );
}
