// Confirms something in place; the safe button has the focus.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface ConfirmProps {
  words: string;
  /** What is done, on its button; null where it cannot be done. */
  action: string | null;
  /** Why it cannot be done, or has failed, in place of the words; null otherwise. */
  refusal?: string | null;
  /** Whether it is being done: neither button can be used. */
  isBusy?: boolean;
  class?: string;
  onConfirm: () => void;
  onKeep: () => void;
  children?: ComponentChildren;
}

export function Confirm(props: ConfirmProps): JSX.Element {
  const { words, action, refusal = null, isBusy = false, onConfirm, onKeep, children } = props;
  const safe = useRef<HTMLButtonElement>(null);
  useEffect(() => safe.current?.focus(), [refusal]);
  return (
    <fieldset
      class={`rtw-confirm ${props.class ?? ""}`}
      aria-label={refusal ?? words}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || isBusy) return;
        event.stopPropagation();
        onKeep();
      }}
    >
      <span class="rtw-confirm-words" role={refusal === null ? undefined : "alert"}>
        {refusal ?? words}
      </span>
      {refusal === null && action !== null && (
        <button
          type="button"
          class="rtw-button rtw-button-danger"
          disabled={isBusy}
          onClick={onConfirm}
        >
          {action}
        </button>
      )}
      <button ref={safe} type="button" class="rtw-button" disabled={isBusy} onClick={onKeep}>
        {refusal === null ? "Keep" : "Close"}
      </button>
      {children}
    </fieldset>
  );
}
