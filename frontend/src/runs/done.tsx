// How far a run is: the bar of its task, and counts of tools, lines, warnings and errors.

import type { ComponentChildren, JSX } from "preact";
import { shareDone } from "../model/tasks.js";
import type { RunState, TaskState } from "../protocol/messages.gen.js";
import { Bar } from "../ui/bar.js";
import { formatCount, formatNumber, formatShare } from "../ui/format.js";
import { ErrorIcon, WarningIcon } from "../ui/icons.js";
import { shownText } from "../ui/text.js";
import { mainTask } from "./list.js";
import { MetricCells } from "./metric-cells.js";

interface DoneProps {
  run: RunState;
  /** Whether nothing moves. */
  isStatic: boolean;
  /** The metrics that it shows. */
  metrics: readonly string[];
}

export function Done({ run, isStatic, metrics }: DoneProps): JSX.Element {
  const task = mainTask(run);
  return (
    <span class="rtw-run-done">
      {task && <Progress task={task} isStatic={isStatic} />}
      <MetricCells run={run} names={metrics} />
      <Counts run={run} />
    </span>
  );
}

/** Tools or, where there are none, lines of the log. */
function Counts({ run }: { run: RunState }): JSX.Element {
  const { logs, warnings, errors, agents } = run;
  const tools = agents?.tools ?? 0;
  const failed = agents?.failed_tools ?? 0;
  const words = tools > 0 ? formatCount(tools, "tool") : logs > 0 ? formatCount(logs, "line") : "";
  return (
    <span class="rtw-run-counts">
      {words && <span>{words}</span>}
      {failed > 0 && <span class="rtw-run-errors">{formatNumber(failed)} failed</span>}
      <Count count={warnings} noun="warning">
        <WarningIcon />
      </Count>
      <Count count={errors} noun="error">
        <ErrorIcon />
      </Count>
    </span>
  );
}

interface CountProps {
  count: number;
  noun: "warning" | "error";
  children: ComponentChildren;
}

function Count({ count, noun, children }: CountProps): JSX.Element | null {
  if (count === 0) return null;
  const words = formatCount(count, noun);
  return (
    <span class={`rtw-run-count rtw-run-${noun}s`} role="img" aria-label={words} title={words}>
      {children}
      {formatNumber(count)}
    </span>
  );
}

function Progress({ task, isStatic }: { task: TaskState; isStatic: boolean }): JSX.Element {
  const share = shareDone(task);
  const state = task.state === "running" && isStatic ? "stopped" : task.state;
  const isUnknown = share === null && state === "running";
  return (
    <span class={`rtw-run-progress rtw-task-${state}`} title={shownText(task.task)}>
      <Bar label={shownText(task.task)} share={share} isUnknown={isUnknown} />
      <span class="rtw-run-share">{share !== null && formatShare(share)}</span>
    </span>
  );
}
