// How far the tasks of the run are, nested as they were reported.

import type { JSX } from "preact";
import type { Run } from "../protocol/run.js";
import type { Task, Tasks } from "../protocol/tasks.js";
import { formatCount, formatDuration, formatNumber } from "./format.js";
import { CheckIcon, CrossIcon } from "./icons.js";
import { Name, shownText } from "./text.js";

/** Deeper tasks are drawn at this depth: a narrow view has no room for more. */
const MAX_INDENT = 6;

/** What a task is that had not ended when its run did, or when its publisher was lost. */
type Rest = "stopped" | "stale";

const STATE_WORDS = {
  running: "",
  succeeded: ", succeeded",
  failed: ", failed",
  stopped: ", stopped",
  stale: ", when last heard of",
};

export function Progress({ run, tasks }: { run: Run; tasks: Tasks }): JSX.Element | null {
  if (tasks.size === 0) return null;
  return (
    <section class="rtw-progress" aria-label="Progress">
      {[...tasks.roots].map((task) => (
        <Branch key={task.name} task={task} depth={0} rest={restOf(run)} />
      ))}
      {tasks.forgotten > 0 && (
        <p class="rtw-aside">{formatCount(tasks.forgotten, "earlier task")} not shown</p>
      )}
    </section>
  );
}

function restOf({ status, isStill }: Run): Rest | null {
  if (status === "lost") return "stale";
  return isStill ? "stopped" : null;
}

interface BranchProps {
  task: Task;
  depth: number;
  /** Why a task that did not say that it has ended goes nowhere; null while it may. */
  rest: Rest | null;
}

function Branch({ task, depth, rest }: BranchProps): JSX.Element {
  return (
    <>
      <Bar task={task} depth={depth} rest={rest} />
      {[...task.children].map((child) => (
        <Branch key={child.name} task={child} depth={depth + 1} rest={rest} />
      ))}
    </>
  );
}

function Bar({ task, depth, rest }: BranchProps): JSX.Element {
  const share = shareOf(task);
  const state = task.state === "running" ? (rest ?? "running") : task.state;
  const isMoving = state === "running";
  const isUnknown = share === null && isMoving;
  return (
    <div class={`rtw-task rtw-task-${state}`}>
      <span
        class="rtw-task-name"
        title={shownText(task.name)}
        style={{ paddingInlineStart: `${Math.min(depth, MAX_INDENT)}em` }}
      >
        <Name text={task.name} />
      </span>
      <div
        class={isUnknown ? "rtw-bar rtw-bar-unknown" : "rtw-bar"}
        role="progressbar"
        aria-label={shownText(task.name)}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share !== null && { "aria-valuenow": Math.round(share * 100) })}
        aria-valuetext={describe(task, state, share)}
      >
        <div
          class="rtw-bar-fill"
          style={isUnknown ? {} : { inlineSize: `${(share ?? filled(state)) * 100}%` }}
        />
      </div>
      <span class="rtw-task-share">
        {task.state === "succeeded" && <CheckIcon />}
        {task.state === "failed" && <CrossIcon />}
        {task.state === "running" && share !== null && `${Math.floor(share * 100)}%`}
      </span>
      <span class="rtw-task-count">{countOf(task)}</span>
      <span class="rtw-task-rate">{isMoving && rateOf(task)}</span>
    </div>
  );
}

/** Without a total, what has ended is full and what was cut off is empty. */
function filled(state: string): number {
  return state === "succeeded" || state === "failed" ? 1 : 0;
}

/** How much is done, 0 to 1; null where that is not known. */
function shareOf({ current, total, children }: Task): number | null {
  if (current === null) return shareOfParts(children);
  if (total === null || total <= 0) return null;
  return Math.min(Math.max(current / total, 0), 1);
}

/** A task that reports nothing itself is as far as its parts are on average. */
function shareOfParts(children: ReadonlySet<Task>): number | null {
  let sum = 0;
  for (const child of children) {
    const share = child.state === "running" ? shareOf(child) : 1;
    if (share === null) return null;
    sum += share;
  }
  return children.size > 0 ? sum / children.size : null;
}

function countOf({ current, total, unit }: Task): string {
  if (current === null) return "";
  const count =
    total === null ? formatNumber(current) : `${formatNumber(current)}/${formatNumber(total)}`;
  return unit ? `${count} ${shownText(unit)}` : count;
}

function rateOf({ current, total, pace: { perSecond } }: Task): string {
  if (current === null || perSecond === null) return "";
  if (total !== null && total > current) {
    const left = ((total - current) / perSecond) * 1000;
    return Number.isFinite(left) ? `${formatDuration(left)} left` : "";
  }
  return `${formatNumber(perSecond >= 10 ? Math.round(perSecond) : perSecond)}/s`;
}

function describe(task: Task, state: Task["state"] | Rest, share: number | null): string {
  const words = STATE_WORDS[state];
  return share === null
    ? `${countOf(task) || "under way"}${words}`
    : `${Math.floor(share * 100)} percent, ${countOf(task)}${words}`;
}
