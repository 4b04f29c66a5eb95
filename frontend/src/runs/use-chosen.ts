// The runs of a list that are chosen for a command on several of them.

import { useMemo, useState } from "preact/hooks";
import type { RunState } from "../protocol/messages.gen.js";

export interface Chosen {
  /** The chosen runs among those that are shown; null while there is no choosing. */
  runs: readonly RunState[] | null;
  has: (sprintId: string) => boolean;
  toggle: (sprintId: string) => void;
  /** Choose these runs only. */
  set: (runs: readonly RunState[]) => void;
  /** Begin choosing, with no run. */
  begin: () => void;
  end: () => void;
}

export function useChosen(shown: readonly RunState[]): Chosen {
  const [ids, setIds] = useState<ReadonlySet<string> | null>(null);
  const runs = useMemo(() => ids && shown.filter((run) => ids.has(run.sprint_id)), [shown, ids]);
  return {
    runs,
    has: (sprintId) => ids?.has(sprintId) ?? false,
    toggle: (sprintId) => {
      const next = new Set(ids);
      if (!next.delete(sprintId)) next.add(sprintId);
      setIds(next);
    },
    set: (chosen) => setIds(new Set(chosen.map((run) => run.sprint_id))),
    begin: () => setIds(new Set()),
    end: () => setIds(null),
  };
}
