// Confirms the deletion of a run, in its row.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { RunState } from "../protocol/messages.gen.js";
import { RequestError } from "../server/api.js";
import { Confirm } from "../ui/confirm.js";
import { formatCount } from "../ui/format.js";
import { expectsPublisher } from "./list.js";

const RUNNING_WORDS =
  "It is still running. Stop the cell or program that publishes it, then it can be deleted.";

interface DeletionProps {
  run: RunState;
  onDelete: () => Promise<void>;
  onCancel: () => void;
}

export function Deletion({ run, onDelete, onCancel }: DeletionProps): JSX.Element {
  const { isBusy, error, remove } = useDeletion(onDelete);
  return (
    <Confirm
      class="rtw-run-deletion"
      words={`Delete this run with ${formatCount(run.head, "event")}, for all users?`}
      action={isBusy ? "Deleting…" : "Delete"}
      refusal={error ?? (expectsPublisher(run) ? RUNNING_WORDS : null)}
      isBusy={isBusy}
      onConfirm={() => void remove()}
      onKeep={onCancel}
    />
  );
}

interface DeletionState {
  isBusy: boolean;
  /** Why it failed, or null. */
  error: string | null;
  remove: () => Promise<void>;
}

function useDeletion(onDelete: () => Promise<void>): DeletionState {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const remove = async () => {
    setBusy(true);
    try {
      await onDelete();
    } catch (reason) {
      setError(reason instanceof RequestError ? reason.message : "The run could not be deleted.");
      setBusy(false);
    }
  };
  return { isBusy, error, remove };
}
