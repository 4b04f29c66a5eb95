// The tasks of the run as a tree, with their progress.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Run } from "../model/run.js";
import type { Branch, Tasks } from "../model/tasks.js";
import {
  formatAmount,
  formatCount,
  formatDuration,
  formatNumber,
  formatRate,
  formatShare,
  formatSpan,
} from "../ui/format.js";
import { CheckIcon, ChevronIcon, CrossIcon, HalfIcon, StopIcon } from "../ui/icons.js";
import { Name, shownText } from "../ui/text.js";
import { type FoldRow, type Look, rowsOf, shareOf, spanOf, type TaskRow } from "./task-rows.js";

/** Maximum indentation: a narrow view has no space for more. */
const MAX_INDENT = 6;

const LOOK_ICONS = {
  running: HalfIcon,
  succeeded: CheckIcon,
  failed: CrossIcon,
  stopped: StopIcon,
};

interface ProgressProps {
  run: Run;
  tasks: Tasks;
  /** Whether the view is out of date. */
  isFrozen: boolean;
}

export function Progress({ run, tasks, isFrozen }: ProgressProps): JSX.Element | null {
  const [choices, setChoices] = useState<ReadonlyMap<string, boolean>>(new Map());
  if (tasks.size === 0) return null;
  const choose = (key: string, isOpen: boolean) => setChoices(new Map(choices).set(key, isOpen));
  return (
    <section class="rtw-progress" aria-label="Progress">
      {rowsOf(tasks.tree(), run.isFinished, choices).map((row) =>
        row.kind === "task" ? (
          <Task key={row.branch.key} row={row} isFrozen={isFrozen} onToggle={choose} />
        ) : (
          <Fold key={row.key} row={row} onToggle={choose} />
        ),
      )}
      {tasks.forgotten > 0 && (
        <p class="rtw-aside">{formatCount(tasks.forgotten, "earlier task")} not shown</p>
      )}
    </section>
  );
}

interface RowProps<Row> {
  row: Row;
  onToggle: (key: string, isOpen: boolean) => void;
}

function Task(props: RowProps<TaskRow> & { isFrozen: boolean }): JSX.Element {
  const { row, isFrozen, onToggle } = props;
  const { branch, depth, look, isOpen } = row;
  const { name, key, state } = branch;
  const share = shareOf(branch);
  const isMoving = look === "running" && !isFrozen;
  return (
    <div class={`rtw-task rtw-task-${look}`}>
      <Head depth={depth} look={look} title={shownText(name)}>
        {isOpen === null ? (
          <span class="rtw-task-name">
            <Name text={name} />
          </span>
        ) : (
          <Toggle text={name} isOpen={isOpen} onToggle={() => onToggle(key, !isOpen)} />
        )}
      </Head>
      <Bar branch={branch} look={look} share={share} isMoving={isMoving} />
      <span class="rtw-task-share">
        {share !== null && look !== "succeeded" && formatShare(share)}
      </span>
      <span class="rtw-task-count">{amountOf(branch)}</span>
      <span class="rtw-task-time">
        {isMoving ? paceOf(branch) : state?.state !== "running" && tookOf([branch])}
      </span>
    </div>
  );
}

/** One row for several branches that have ended. */
function Fold({ row, onToggle }: RowProps<FoldRow>): JSX.Element {
  const { branches, key, depth, isOpen } = row;
  const looks = branches.map((branch) => branch.state?.state);
  const failed = looks.filter((look) => look === "failed").length;
  const stopped = looks.filter((look) => look === "stopped").length;
  const look = failed > 0 ? "failed" : stopped === branches.length ? "stopped" : "succeeded";
  return (
    <div class={`rtw-task rtw-task-fold rtw-task-${look}`}>
      <Head depth={depth} look={look}>
        <Toggle
          text={`${formatNumber(branches.length)} more`}
          isOpen={isOpen}
          onToggle={() => onToggle(key, !isOpen)}
        />
      </Head>
      <span class="rtw-task-counts">
        {[
          failed > 0 && `${formatNumber(failed)} failed`,
          stopped > 0 && `${formatNumber(stopped)} stopped`,
        ]
          .filter(Boolean)
          .join(", ")}
      </span>
      <span class="rtw-task-time">{tookOf(branches)}</span>
    </div>
  );
}

interface HeadProps {
  depth: number;
  look: Look;
  title?: string;
  children: JSX.Element;
}

function Head({ depth, look, title, children }: HeadProps): JSX.Element {
  const Icon = LOOK_ICONS[look];
  return (
    <span
      class="rtw-task-head"
      title={title}
      style={{ "--rtw-depth": Math.min(depth, MAX_INDENT) }}
    >
      <Icon label={look} />
      {children}
    </span>
  );
}

interface ToggleProps {
  text: string;
  isOpen: boolean;
  onToggle: () => void;
}

function Toggle({ text, isOpen, onToggle }: ToggleProps): JSX.Element {
  return (
    <button type="button" class="rtw-task-toggle" aria-expanded={isOpen} onClick={onToggle}>
      <span class="rtw-task-name">
        <Name text={text} />
      </span>
      <ChevronIcon />
    </button>
  );
}

interface BarProps {
  branch: Branch;
  look: Look;
  share: number | null;
  isMoving: boolean;
}

/** No bar for a task that succeeded, and none for one that has ended without a known share. */
function Bar({ branch, look, share, isMoving }: BarProps): JSX.Element {
  const isUnknown = share === null && isMoving;
  if (look === "succeeded" || (share === null && !isUnknown)) {
    return <span class="rtw-bar-none" />;
  }
  return (
    <div
      class={isUnknown ? "rtw-bar rtw-bar-unknown" : "rtw-bar"}
      role="progressbar"
      aria-label={shownText(branch.name)}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(share !== null && { "aria-valuenow": Math.round(share * 100) })}
      aria-valuetext={describe(branch, look, share)}
    >
      <div class="rtw-bar-fill" style={isUnknown ? {} : { inlineSize: `${(share ?? 0) * 100}%` }} />
    </div>
  );
}

function amountOf({ state }: Branch): string {
  return state === null ? "" : shownText(formatAmount(state.current, state.total, state.unit));
}

function tookOf(branches: readonly Branch[]): string {
  const span = spanOf(branches);
  return span === null ? "" : formatSpan(span);
}

/** The remaining time, or the rate where there is no total. */
function paceOf({ state, pace }: Branch): string {
  const perSecond = pace?.perSecond ?? null;
  if (state === null || perSecond === null) return "";
  const { current, total, unit } = state;
  if (total === null || total <= current) return formatRate(perSecond, unit);
  const left = ((total - current) / perSecond) * 1000;
  return Number.isFinite(left) ? `${formatDuration(left)} left` : "";
}

function describe(branch: Branch, look: Look, share: number | null): string {
  const words = [
    share !== null && `${formatShare(share).replace("%", "")} percent`,
    amountOf(branch) || (share === null && "under way"),
    look !== "running" && look,
  ];
  return words.filter(Boolean).join(", ");
}
