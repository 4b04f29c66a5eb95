// Confirms the deletion of several runs, deletes them one after another, and counts what failed.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { RunState } from "../protocol/messages.gen.js";
import { RequestError } from "../server/api.js";
import { Confirm } from "../ui/confirm.js";
import { formatCount, formatNumber } from "../ui/format.js";
import { expectsPublisher } from "./list.js";

interface BulkDeletionProps {
  runs: readonly RunState[];
  onDelete: (sprintId: string) => Promise<void>;
  /** It is over; what was done, "" for nothing. */
  onEnd: (words: string) => void;
}

/** Runs that are under way stay. */
export function BulkDeletion({ runs, onDelete, onEnd }: BulkDeletionProps): JSX.Element {
  const [left, setLeft] = useState<number | null>(null);
  const removable = runs.filter((run) => !expectsPublisher(run));
  const remove = async () => onEnd(await deleteAll(removable, onDelete, setLeft));
  const words = questionWords(removable, runs.length - removable.length);
  return (
    <Confirm
      class="rtw-runs-question"
      words={left === null ? words : `Deleting, ${formatCount(left, "run")} left…`}
      action={removable.length > 0 ? "Delete" : null}
      isBusy={left !== null}
      onConfirm={() => void remove()}
      onKeep={() => onEnd("")}
    />
  );
}

/** "Delete 3 runs with 1,204 events, for all users? 1 run is still running and stays." */
function questionWords(removable: readonly RunState[], staying: number): string {
  const events = removable.reduce((sum, { head }) => sum + head, 0);
  const [runs, all] = [formatCount(removable.length, "run"), formatCount(events, "event")];
  const question = removable.length > 0 ? `Delete ${runs} with ${all}, for all users? ` : "";
  if (staying === 0) return question.trim();
  const rest = staying === 1 ? "run is still running and stays" : "runs are still running and stay";
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
