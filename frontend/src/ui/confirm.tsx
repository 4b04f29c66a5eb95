// Confirms something in place; the safe button has the focus.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface ConfirmProps {
  words: string;
  /** What is done, on its button. */
  action: string;
  isBusy?: boolean;
  onConfirm: () => void;
  onKeep: () => void;
  children?: ComponentChildren;
}

export function Confirm(props: ConfirmProps): JSX.Element {
  const { words, action, isBusy = false, onConfirm, onKeep, children } = props;
  const safe = useRef<HTMLButtonElement>(null);
  useEffect(() => safe.current?.focus(), []);
  return (
    <fieldset
      class="rtw-confirm"
      aria-label={words}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onKeep();
      }}
    >
      <span class="rtw-confirm-words">{words}</span>
      <button
        type="button"
        class="rtw-button rtw-button-danger"
        disabled={isBusy}
        onClick={onConfirm}
      >
        {action}
      </button>
      <button ref={safe} type="button" class="rtw-button" onClick={onKeep}>
        Keep
      </button>
      {children}
    </fieldset>
  );
}
