// The rows of the list under their headings, a page of them at a time.

import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { RunState } from "../protocol/messages.gen.js";
import { formatNumber } from "../ui/format.js";
import { groupRuns, type RunGroup } from "./groups.js";
import type { RunsHost } from "./host.js";
import type { RunOrder } from "./order.js";
import { Row, type RunChoice } from "./row.js";
import type { Runs as Source } from "./source.js";
import type { Chosen } from "./use-chosen.js";

/** Rows drawn at first, and added by each click on the button for more. */
const PAGE = 100;

interface RunRowsProps {
  /** The runs found, sorted. */
  runs: readonly RunState[];
  order: RunOrder;
  /** The metrics that rows show. */
  metrics: readonly string[];
  source: Source;
  host: RunsHost;
  onDeleted: (sprintId: string) => void;
  chosen: Chosen;
}

/** The first runs, and a button for more. */
export function RunRows({ runs, order, ...rest }: RunRowsProps): JSX.Element {
  const [most, setMost] = useState(PAGE);
  const left = runs.length - most;
  const groups = groupRuns(runs.slice(0, most), order, rest.source.now);
  return (
    <>
      {groups.map((group) => (
        <Group key={group.title} group={group} {...rest} />
      ))}
      {left > 0 && (
        <button type="button" class="rtw-button rtw-runs-more" onClick={() => setMost(most + PAGE)}>
          Show {formatNumber(Math.min(PAGE, left))} more of {formatNumber(left)}
        </button>
      )}
    </>
  );
}

interface GroupProps extends Omit<RunRowsProps, "runs" | "order"> {
  group: RunGroup;
}

function Group({ group, metrics, source, host, onDeleted, chosen }: GroupProps): JSX.Element {
  const id = useId();
  const { title, runs } = group;
  return (
    <>
      {title !== "" && (
        <h2 id={id} class="rtw-runs-heading">
          {title}
        </h2>
      )}
      <ul class="rtw-runs-list" aria-labelledby={title === "" ? undefined : id}>
        {runs.map((run) => (
          <Row
            key={run.sprint_id}
            run={run}
            now={source.now}
            isFrozen={source.state.phase !== "live"}
            hasNotebook={!source.withoutNotebook.has(run.sprint_id)}
            {...{ host, metrics, source }}
            choice={choiceOf(run.sprint_id, chosen)}
            onAnswer={(id, value) => source.reply(run.sprint_id, { id, value })}
            onDelete={async () => {
              await source.delete(run.sprint_id);
              onDeleted(run.sprint_id);
            }}
          />
        ))}
      </ul>
    </>
  );
}

function choiceOf(sprintId: string, chosen: Chosen): RunChoice | null {
  if (chosen.runs === null) return null;
  return { isChosen: chosen.has(sprintId), toggle: () => chosen.toggle(sprintId) };
}
