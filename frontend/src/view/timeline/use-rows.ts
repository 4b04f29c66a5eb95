// The rows of a run's timeline, and what each is drawn with.

import { useMemo, useState } from "preact/hooks";
import { type EventRange, isWithin } from "../../model/attempts.js";
import type { Run } from "../../model/run.js";
import type { TimelineNode } from "../../model/timeline/node.js";
import type { RowFolds } from "./fold.js";
import { type Folds, foldsOf } from "./folds.js";
import type { RowProps } from "./row-body.js";
import { nodeOf, type Row, rowsOf } from "./rows.js";
import { SevereLines } from "./severe-lines.js";

/** Milliseconds without an event after which a row that is open shows for how long. */
const SILENT_AFTER = 60_000;

interface Options {
  run: Run;
  nodes: readonly TimelineNode[];
  range: EventRange | null;
  isLive: boolean;
  isChat: boolean;
  /** Milliseconds since 1970. */
  now: number;
  /** Whether everything is unfolded, for printing. */
  isUnfolded: boolean;
  /** Stop following the end, so that a row stays in place when it is unfolded. */
  pause: () => void;
}

type Props = Omit<RowProps, "row" | "position">;

export function useRows(options: Options): { rows: readonly Row[]; propsOf: (row: Row) => Props } {
  const { run, nodes, range, isLive, isChat, now, isUnfolded, pause } = options;
  const { timeline } = run;
  const folds = foldsOf(timeline);
  const [severe] = useState(() => new SevereLines());
  const [, setVersion] = useState(0);
  const isLiveNode = ({ n }: TimelineNode) => isLive && n >= timeline.attemptStart;
  // Scrolling draws again, and changes none of these.
  const rows = useMemo(() => {
    const lines = severe.update(run.log).filter(({ seq }) => isWithin(seq, range));
    return rowsOf(nodes, { folds, lines, isLive: isLiveNode, isChat, isUnfolded });
  }, [
    ...[run, run.version, folds, folds.version, isLive, isChat, isUnfolded],
    ...[range?.first, range?.last],
  ]);
  const unfold = () => setVersion((version) => version + 1);
  return {
    rows,
    propsOf: (row) => {
      const node = nodeOf(row);
      const isLiveRow = node !== null && isLiveNode(node);
      return {
        version: `${versionOf(row)} ${folds.versionOf(row.key)} ${isUnfolded}`,
        folds: rowFolds(row.key, folds, isUnfolded, pause, unfold),
        isLive: isLiveRow,
        silentSince: isLiveRow ? silentSince(row, now) : null,
        tool: node?.kind === "interrupt" ? toolOf(run, node) : "",
        change: node?.kind === "state" ? timeline.stateChange(node) : undefined,
      };
    },
  };
}

function rowFolds(
  key: string,
  folds: Folds,
  isUnfolded: boolean,
  pause: () => void,
  redraw: () => void,
): RowFolds {
  return {
    isUnfolded,
    isOpen: (part, otherwise = false) => isUnfolded || folds.isOpen(key, part, otherwise),
    set: (part, isOpen) => {
      folds.set(key, part, isOpen);
      if (isOpen) pause();
      redraw();
    },
  };
}

/** Another one for each change of what a row draws. */
function versionOf(row: Row): string {
  switch (row.kind) {
    case "node": {
      const { node, parts, calls, failed, tokens } = row.branch;
      const sums = `${calls} ${failed} ${tokens.input} ${tokens.output} ${parts.length > 0}`;
      return `${node.version} ${row.isOpen} ${sums}`;
    }
    case "group": {
      const { calls, failed, duration } = row.group;
      return `${calls.length} ${failed} ${duration} ${row.isOpen}`;
    }
    case "lines":
      return `${row.lines.length} ${row.lines.at(-1)?.seq} ${row.isOpen}`;
    case "end":
      return `${row.branch.node.version}`;
    default:
      return "";
  }
}

function silentSince(row: Row, now: number): number | null {
  if (row.kind !== "node") return null;
  const { node, lastAt } = row.branch;
  return node.isOpen && lastAt !== null && now - lastAt >= SILENT_AFTER ? lastAt : null;
}

/** The name of the tool call that an interrupt is a part of. */
function toolOf(run: Run, { parent }: TimelineNode): string {
  const node = run.timeline.node(parent);
  return node?.kind === "tool" ? node.title : "";
}
