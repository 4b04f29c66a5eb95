// One row of the steps of a run: its icon, name and duration, and a bar below them, which is its
// progress while it runs, and then the time in which it ran.

import type { JSX } from "preact";
import { Bar } from "../../ui/bar.js";
import {
  formatAmount,
  formatDuration,
  formatNumber,
  formatRate,
  formatShare,
  formatSpan,
} from "../../ui/format.js";
import { CheckIcon, ChevronIcon, CrossIcon, HalfIcon, StopIcon } from "../../ui/icons.js";
import { Name, shownText } from "../../ui/text.js";
import type { FoldRow, StepRow } from "./step-rows.js";
import { type Look, type Step, shareOf, spanOf } from "./step-tree.js";

/** Maximum indentation: a narrow view has no space for more. */
const MAX_INDENT = 6;

/** The least width of a bar of time, in percent. */
const MIN_WIDTH = 1.5;

/** A range of time, in milliseconds since 1970. */
export interface Range {
  from: number;
  to: number;
}

const LOOK_ICONS = {
  running: HalfIcon,
  succeeded: CheckIcon,
  failed: CrossIcon,
  stopped: StopIcon,
};

interface RowProps<Kind> {
  row: Kind;
  range: Range | null;
  onToggle: (key: string, isOpen: boolean) => void;
}

export function Row(props: RowProps<StepRow> & { isFrozen: boolean }): JSX.Element {
  const { row, range, isFrozen, onToggle } = props;
  const { step, depth, look, isOpen } = row;
  const { name, key } = step;
  const share = shareOf(step);
  const isMoving = look === "running" && !isFrozen;
  return (
    <div class={`rtw-task rtw-task-${look}`} style={{ "--rtw-depth": Math.min(depth, MAX_INDENT) }}>
      <Head look={look} title={titleOf(step, look)}>
        {isOpen === null ? (
          <span class="rtw-task-name">
            <Name text={name} />
          </span>
        ) : (
          <Toggle text={name} isOpen={isOpen} onToggle={() => onToggle(key, !isOpen)} />
        )}
      </Head>
      <span class="rtw-task-share">
        {share !== null && look !== "succeeded" && formatShare(share)}
      </span>
      <span class="rtw-task-count">{amountOf(step)}</span>
      <span class="rtw-task-time">{timeOf(step, look, isMoving, range)}</span>
      {look === "succeeded" || (share === null && !isMoving) ? (
        <When steps={[step]} range={range} isOpen={look === "running"} />
      ) : (
        <Bar
          label={shownText(step.name)}
          share={share}
          isUnknown={share === null}
          words={describe(step, look, share)}
        />
      )}
    </div>
  );
}

/** One row for several branches that have ended. */
export function FoldedRow({ row, range, onToggle }: RowProps<FoldRow>): JSX.Element {
  const { steps, key, depth, isOpen } = row;
  const looks = steps.map((step) => step.look);
  const failed = looks.filter((look) => look === "failed").length;
  const stopped = looks.filter((look) => look === "stopped").length;
  const look = failed > 0 ? "failed" : stopped === steps.length ? "stopped" : "succeeded";
  const counts = [
    failed > 0 && `${formatNumber(failed)} failed`,
    stopped > 0 && `${formatNumber(stopped)} stopped`,
  ];
  return (
    <div
      class={`rtw-task rtw-task-fold rtw-task-${look}`}
      style={{ "--rtw-depth": Math.min(depth, MAX_INDENT) }}
    >
      <Head look={look}>
        <Toggle
          text={`${formatNumber(steps.length)} more`}
          isOpen={isOpen}
          onToggle={() => onToggle(key, !isOpen)}
        />
      </Head>
      <span class="rtw-task-counts">{counts.filter(Boolean).join(", ")}</span>
      <span class="rtw-task-time">{tookOf(steps)}</span>
      <When steps={steps} range={range} isOpen={false} />
    </div>
  );
}

function Head(props: { look: Look; title?: string; children: JSX.Element }): JSX.Element {
  const Icon = LOOK_ICONS[props.look];
  return (
    <span class="rtw-task-head" title={props.title}>
      <Icon label={props.look} />
      {props.children}
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

/** The time in which steps ran, as a part of that of all steps. */
function When(props: {
  steps: readonly Step[];
  range: Range | null;
  isOpen: boolean;
}): JSX.Element {
  const { steps, range, isOpen } = props;
  const span = spanOf(steps) ?? { from: steps[0]?.began ?? null, to: null };
  if (range === null || span.from === null) return <span class="rtw-when" />;
  const percent = (time: number) => ((time - range.from) / (range.to - range.from)) * 100;
  const end = percent(isOpen || span.to === null ? range.to : span.to);
  const start = Math.min(percent(span.from), 100 - MIN_WIDTH);
  const inlineSize = `${Math.max(Math.min(end, 100) - start, MIN_WIDTH)}%`;
  return (
    <span class="rtw-when">
      <span class="rtw-when-fill" style={{ marginInlineStart: `${start}%`, inlineSize }} />
    </span>
  );
}

function titleOf(step: Step, look: Look): string {
  const words = [shownText(step.name), look, amountOf(step), tookOf([step])];
  return words.filter((word) => word !== "").join(" · ");
}

function amountOf({ task }: Step): string {
  const state = task?.state;
  return state ? shownText(formatAmount(state.current, state.total, state.unit)) : "";
}

function timeOf(step: Step, look: Look, isMoving: boolean, range: Range | null): string {
  if (isMoving && step.task === null && step.began !== null && range !== null) {
    return formatDuration(range.to - step.began);
  }
  if (isMoving) return paceOf(step);
  const isOpen = step.look === "running" || look === "running";
  return isOpen ? "" : tookOf([step]);
}

function tookOf(steps: readonly Step[]): string {
  const span = spanOf(steps);
  return span === null ? "" : formatSpan(span.to - span.from);
}

/** The remaining time by the rate of the last half minute, or the rate where there is no total. */
function paceOf({ task }: Step): string {
  const perSecond = task?.pace?.perSecond ?? null;
  if (!task?.state || perSecond === null) return "";
  const { current, total, unit } = task.state;
  if (total === null || total <= current) return formatRate(perSecond, unit);
  const left = ((total - current) / perSecond) * 1000;
  return Number.isFinite(left) ? `${formatDuration(left)} left` : "";
}

function describe(step: Step, look: Look, share: number | null): string {
  const words = [
    share !== null && `${formatShare(share).replace("%", "")} percent`,
    amountOf(step) || (share === null && "under way"),
    look !== "running" && look,
  ];
  return words.filter(Boolean).join(", ");
}
