// Confirms the deletion of several runs, deletes them one after another, and counts what failed.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunState } from "../protocol/messages.gen.js";
import { RequestError } from "../server/api.js";
import { formatCount, formatNumber } from "../ui/format.js";
import { expectsPublisher } from "./list.js";

interface BulkDeletionProps {
  runs: readonly RunState[];
  onDelete: (sprintId: string) => Promise<void>;
  /** It is over; what was done, "" for nothing. */
  onEnd: (words: string) => void;
}

/** The safe button has the focus. Runs that are going on stay. */
export function BulkDeletion({ runs, onDelete, onEnd }: BulkDeletionProps): JSX.Element {
  const safe = useRef<HTMLButtonElement>(null);
  const [left, setLeft] = useState<number | null>(null);
  useEffect(() => safe.current?.focus(), []);
  const removable = runs.filter((run) => !expectsPublisher(run));
  const remove = async () => onEnd(await deleteAll(removable, onDelete, setLeft));
  const words = questionWords(removable, runs.length - removable.length);
  return (
    <fieldset class="rtw-runs-question" aria-label={words}>
      <span>{left === null ? words : `Deleting, ${formatCount(left, "run")} left…`}</span>
      {removable.length > 0 && (
        <button
          type="button"
          class="rtw-button rtw-button-danger"
          disabled={left !== null}
          onClick={() => void remove()}
        >
          Delete
        </button>
      )}
      <button
        ref={safe}
        type="button"
        class="rtw-button"
        disabled={left !== null}
        onClick={() => onEnd("")}
      >
        Keep
      </button>
    </fieldset>
  );
}

/** "Delete 3 runs with 1,204 events, for all users? 1 run is going on and stays." */
function questionWords(removable: readonly RunState[], staying: number): string {
  const events = removable.reduce((sum, { head }) => sum + head, 0);
  const [runs, all] = [formatCount(removable.length, "run"), formatCount(events, "event")];
  const question = removable.length > 0 ? `Delete ${runs} with ${all}, for all users? ` : "";
  if (staying === 0) return question.trim();
  const rest = staying === 1 ? "run is going on and stays" : "runs are going on and stay";
  return `${question}${formatNumber(staying)} ${rest}.`;
}

/** Delete runs, one after another; returns what was done, in words. */
async function deleteAll(
  runs: readonly RunState[],
  onDelete: (sprintId: string) => Promise<void>,
  onProgress: (left: number) => void,
): Promise<string> {
  const reasons: string[] = [];
  for (const [index, { sprint_id: sprintId }] of runs.entries()) {
    onProgress(runs.length - index);
    try {
      await onDelete(sprintId);
    } catch (error) {
      reasons.push(error instanceof RequestError ? error.message : "The server did not answer.");
    }
  }
  const deleted = `${formatCount(runs.length - reasons.length, "run")} deleted`;
  const [reason] = reasons;
  return reason === undefined
    ? deleted
    : `${deleted}, ${formatNumber(reasons.length)} not: ${reason}`;
}
