// Copies a text, and shows the result for a while.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { copyText } from "./clipboard.js";
import { CheckIcon, CopyIcon, CrossIcon } from "./icons.js";

/** How long the result of copying is shown, in milliseconds. */
const COPIED_FOR = 1_500;
const NOT_COPIED_FOR = 6_000;

type CopyState = "ready" | "copied" | "refused";

const COPY_WORDS = { ready: "", copied: "Copied", refused: "Could not copy" };

interface CopyButtonProps {
  text: () => string;
  /** What it does. */
  label?: string;
}

export function CopyButton({ text, label = "Copy the lines shown" }: CopyButtonProps): JSX.Element {
  const [state, setState] = useState<CopyState>("ready");
  useEffect(() => {
    if (state === "ready") return undefined;
    const time = state === "copied" ? COPIED_FOR : NOT_COPIED_FOR;
    const timer = setTimeout(() => setState("ready"), time);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    const isCopied = await copyText(text());
    setState(isCopied ? "copied" : "refused");
  };
  return (
    <>
      <span class={`rtw-copy-${state}`} role="status">
        {COPY_WORDS[state]}
      </span>
      <button
        type="button"
        class="rtw-button rtw-button-icon"
        title={state === "refused" ? "The browser does not let this page use the clipboard" : label}
        aria-label={label}
        onClick={() => void copy()}
      >
        {state === "ready" && <CopyIcon />}
        {state === "copied" && <CheckIcon />}
        {state === "refused" && <CrossIcon />}
      </button>
    </>
  );
}
