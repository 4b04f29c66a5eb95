// Which attempt of a run is shown, as the browser remembers it.

import { type Attempt, attemptsOf } from "../../model/attempts.js";
import type { Run } from "../../model/run.js";
import { isCount, useRunChoice } from "../../ui/run-choices.js";

export interface AttemptChoice {
  /** The attempts to choose from, the newest first; none where there is only one. */
  attempts: readonly Attempt[];
  /** The one that is shown; null for all. */
  shown: Attempt | null;
  /** Show one by its number, or all. */
  show: (attempt: number | null) => void;
}

export function useAttempt(run: Run, sprintId: string): AttemptChoice {
  const [chosen, show] = useRunChoice(sprintId, "attempt", isCount);
  const attempts = attemptsOf(run);
  return { attempts, shown: attempts.find(({ attempt }) => attempt === chosen) ?? null, show };
}
