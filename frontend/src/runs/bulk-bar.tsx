// The bar of commands on several runs of the list.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { MAX_SUBJECTS } from "../model/subjects.js";
import type { RunState } from "../protocol/messages.gen.js";
import { copyText } from "../ui/clipboard.js";
import { formatCount, formatNumber } from "../ui/format.js";
import { BulkDeletion } from "./bulk-deletion.js";
import type { RunsHost } from "./host.js";
import type { Chosen } from "./use-chosen.js";

interface BulkBarProps {
  chosen: Chosen;
  /** All runs that are shown. */
  shown: readonly RunState[];
  host: RunsHost;
  onDelete: (sprintId: string) => Promise<void>;
}

export function BulkBar(props: BulkBarProps): JSX.Element | null {
  const { runs } = props.chosen;
  return runs && <Bar {...props} runs={runs} />;
}

function Bar(props: BulkBarProps & { runs: readonly RunState[] }): JSX.Element {
  const { chosen, shown, runs, host, onDelete } = props;
  const [isDeleting, setDeleting] = useState(false);
  const [done, setDone] = useState("");
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isDeleting) bar.current?.querySelector("button")?.focus();
  }, [isDeleting]);
  const copy = async () => {
    const links = runs.map((run) => host.href?.(run.sprint_id) ?? "").join("\n");
    setDone((await copyText(links)) ? "Copied" : "The browser does not let this page copy");
  };
  const endDeletion = (words: string) => {
    setDeleting(false);
    setDone(words);
  };
  return (
    <div
      ref={bar}
      class="rtw-runs-bulk"
      role="toolbar"
      aria-label="Commands on several runs"
      onKeyDown={(event) => {
        if (event.key === "Escape") chosen.end();
      }}
    >
      {isDeleting ? (
        <BulkDeletion runs={runs} onDelete={onDelete} onEnd={endDeletion} />
      ) : (
        <Commands
          {...{ chosen, shown, runs }}
          copy={host.href ? () => void copy() : null}
          compare={host.compare?.bind(host) ?? null}
          remove={() => setDeleting(true)}
        />
      )}
      <span role="status">{done}</span>
    </div>
  );
}

interface CommandsProps {
  chosen: Chosen;
  shown: readonly RunState[];
  runs: readonly RunState[];
  /** Copies the links; null where runs have none. */
  copy: (() => void) | null;
  /** Shows runs side by side; null where the host cannot. */
  compare: ((sprintIds: readonly string[]) => void) | null;
  remove: () => void;
}

function Commands({ chosen, shown, runs, copy, compare, remove }: CommandsProps): JSX.Element {
  const areAll = runs.length === shown.length;
  return (
    <>
      <button
        type="button"
        class="rtw-button"
        onClick={() => chosen.set(areAll ? [] : shown)}
        disabled={shown.length === 0}
      >
        {areAll ? "Choose none" : `Choose all ${formatNumber(shown.length)}`}
      </button>
      <span class="rtw-runs-chosen">{formatCount(runs.length, "run")} chosen</span>
      {compare && <CompareButton ids={runs.map((run) => run.sprint_id)} compare={compare} />}
      {copy && (
        <button type="button" class="rtw-button" onClick={copy} disabled={runs.length === 0}>
          Copy links
        </button>
      )}
      <button
        type="button"
        class="rtw-button rtw-button-danger"
        onClick={remove}
        disabled={runs.length === 0}
      >
        Delete…
      </button>
      <button type="button" class="rtw-button" onClick={chosen.end}>
        Done
      </button>
    </>
  );
}

interface CompareProps {
  ids: readonly string[];
  compare: (sprintIds: readonly string[]) => void;
}

function CompareButton({ ids, compare }: CompareProps): JSX.Element {
  return (
    <button
      type="button"
      class="rtw-button"
      title={`Compare up to ${MAX_SUBJECTS} runs`}
      onClick={() => compare(ids)}
      disabled={ids.length === 0 || ids.length > MAX_SUBJECTS}
    >
      Compare
    </button>
  );
}
