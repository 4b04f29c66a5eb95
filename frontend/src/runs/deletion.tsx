// Confirms the deletion of a run, in its row.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunState } from "../protocol/messages.gen.js";
import { RequestError } from "../server/api.js";
import { formatCount } from "../ui/format.js";
import { expectsPublisher } from "./list.js";

const RUNNING_WORDS =
  "It is still going on. Stop the cell or program that publishes it, then it can be deleted.";

interface DeletionProps {
  run: RunState;
  onDelete: () => Promise<void>;
  onCancel: () => void;
}

/** The safe button has the focus. */
export function Deletion({ run, onDelete, onCancel }: DeletionProps): JSX.Element {
  const safe = useRef<HTMLButtonElement>(null);
  const { isBusy, error, remove } = useDeletion(onDelete, () => safe.current?.focus());
  useEffect(() => safe.current?.focus(), []);
  const refusal = error ?? (expectsPublisher(run) ? RUNNING_WORDS : null);
  const words = refusal ?? `Delete this run with ${formatCount(run.head, "event")}, for all users?`;
  return (
    <fieldset
      class="rtw-run-deletion"
      aria-label={words}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <span class="rtw-run-question" role={refusal === null ? undefined : "alert"}>
        {words}
      </span>
      {refusal === null && (
        <button
          type="button"
          class="rtw-button rtw-button-danger"
          disabled={isBusy}
          onClick={() => void remove()}
        >
          {isBusy ? "Deleting…" : "Delete"}
        </button>
      )}
      <button ref={safe} type="button" class="rtw-button" onClick={onCancel}>
        {refusal === null ? "Keep" : "Close"}
      </button>
    </fieldset>
  );
}

interface DeletionState {
  isBusy: boolean;
  /** Why it failed, or null. */
  error: string | null;
  remove: () => Promise<void>;
}

function useDeletion(onDelete: () => Promise<void>, onError: () => void): DeletionState {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const remove = async () => {
    setBusy(true);
    try {
      await onDelete();
    } catch (reason) {
      setError(reason instanceof RequestError ? reason.message : "The run could not be deleted.");
      setBusy(false);
      onError();
    }
  };
  return { isBusy, error, remove };
}
