// The steps of a run: a rail beside the panes or, where there is little room, rows above them that
// are folded to what is running.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatCount, formatSpan } from "../../ui/format.js";
import { usePrinting, useTicking } from "../../ui/hooks.js";
import { ChevronIcon } from "../../ui/icons.js";
import { FoldedRow, type Range, Row } from "./step-row.js";
import { countSteps, rowsOf, runningPath } from "./step-rows.js";
import { isUnfinished, type Step, spanOf } from "./step-tree.js";

/** Most rows drawn. */
const MAX_ROWS = 200;

/** Steps that are not folded: their rows take as little room as the summary and what is running. */
const FEW_STEPS = 2;

interface StepsProps {
  tree: readonly Step[];
  /** Number of tasks that are not kept. */
  forgotten: number;
  /** Whether their attempt has ended. */
  isOver: boolean;
  /** Whether the view is out of date. */
  isFrozen: boolean;
  /** Whether they are above the panes. */
  isNarrow: boolean;
  clockOffset: number;
}

export function Steps(props: StepsProps): JSX.Element | null {
  const { tree, forgotten, isOver, isFrozen, isNarrow, clockOffset } = props;
  const [choices, setChoices] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [isUnfolded, setUnfolded] = useState(false);
  const isPrinting = usePrinting();
  useTicking(tree.some(isUnfinished) && !isOver && !isFrozen, 1000);
  if (tree.length === 0) return null;
  const isFoldable = isNarrow && !isPrinting && countSteps(tree, isOver).all > FEW_STEPS;
  const isFolded = isFoldable && !isUnfolded;
  const all = isFolded ? runningPath(tree, isOver) : rowsOf(tree, isOver, choices);
  const rows = all.slice(0, MAX_ROWS);
  const range = rangeOf(tree, isOver, Date.now() + clockOffset);
  const choose = (key: string, isOpen: boolean) => setChoices(new Map(choices).set(key, isOpen));
  return (
    <section class={isFolded ? "rtw-progress rtw-steps-folded" : "rtw-progress"} aria-label="Steps">
      {isFoldable && (
        <Summary
          tree={tree}
          isOver={isOver}
          isOpen={isUnfolded}
          onToggle={() => setUnfolded(!isUnfolded)}
        />
      )}
      {rows.map((row) =>
        row.kind === "step" ? (
          <Row key={row.step.key} row={row} isFrozen={isFrozen} range={range} onToggle={choose} />
        ) : (
          <FoldedRow key={row.key} row={row} range={range} onToggle={choose} />
        ),
      )}
      {all.length > rows.length && (
        <p class="rtw-aside">{formatCount(all.length - rows.length, "further step")} not shown</p>
      )}
      {forgotten > 0 && !isFolded && (
        <p class="rtw-aside">{formatCount(forgotten, "earlier task")} not shown</p>
      )}
    </section>
  );
}

interface SummaryProps {
  tree: readonly Step[];
  isOver: boolean;
  isOpen: boolean;
  onToggle: () => void;
}

/** One line for all steps, which unfolds them. */
function Summary({ tree, isOver, isOpen, onToggle }: SummaryProps): JSX.Element {
  const { all, succeeded, failed, stopped } = countSteps(tree, isOver);
  const span = isOver ? spanOf(tree) : null;
  const words = [
    isOver ? formatCount(all, "step") : `${succeeded} of ${formatCount(all, "step")} done`,
    failed > 0 && `${failed} failed`,
    stopped > 0 && `${stopped} stopped`,
    span && formatSpan(span.to - span.from),
  ];
  return (
    <button
      type="button"
      class="rtw-task-toggle rtw-steps-summary"
      aria-expanded={isOpen}
      onClick={onToggle}
    >
      <ChevronIcon />
      {words.filter(Boolean).join(" · ")}
    </button>
  );
}

/** The time that the bars of all steps are drawn in; null where it is not known. */
function rangeOf(tree: readonly Step[], isOver: boolean, now: number): Range | null {
  const began = tree.flatMap((step) => spanOf([step])?.from ?? step.began ?? []);
  if (began.length === 0) return null;
  const from = Math.min(...began);
  const to = isOver ? (spanOf(tree)?.to ?? now) : now;
  return to > from ? { from, to } : null;
}
