// One run in the list: status, progress, origin, and a button to delete it.

import type { ComponentChildren, JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { lossWords } from "../model/remarks.js";
import { shareDone } from "../model/tasks.js";
import type { RunState, TaskState } from "../protocol/messages.gen.js";
import { formatAgo, formatDuration, formatShare } from "../ui/format.js";
import { NotebookIcon, StatusIcon, TrashIcon } from "../ui/icons.js";
import { Name, shownText, Text } from "../ui/text.js";
import { goneWords, statusName } from "../ui/words.js";
import { Deletion } from "./deletion.js";
import type { RunsHost } from "./host.js";
import { goneAt, isActive, isFailed, mainTask, nameOf, partsOf, userOf } from "./list.js";

interface RowProps {
  run: RunState;
  /** The server's time, in milliseconds since 1970. */
  now: number;
  /** Whether the list is out of date, so that no time counts on. */
  isFrozen: boolean;
  /** Whether its notebook still exists. */
  hasNotebook: boolean;
  host: RunsHost;
  onDelete: () => Promise<void>;
}

export function Row(props: RowProps): JSX.Element {
  const { run, now, isFrozen, hasNotebook, host, onDelete } = props;
  const { sprint_id: id, status, attempt } = run;
  const isStatic = isFrozen || goneAt(run) !== null || !isActive(run);
  const [isDeleting, setDeleting] = useState(false);
  const trash = useRef<HTMLButtonElement>(null);
  const task = mainTask(run);
  const cancel = () => {
    setDeleting(false);
    trash.current?.focus();
  };
  return (
    <li class={classOfRow(run)}>
      <span class="rtw-run-status">
        <StatusIcon status={status} isStatic={isStatic} />
        {statusName(run)}
      </span>
      <span class="rtw-run-name">
        <OpenLink id={id} host={host} />
        {attempt > 1 && <span class="rtw-run-attempt">attempt {attempt}</span>}
      </span>
      <When run={run} now={now} />
      <span class="rtw-run-about">
        <Message run={run} now={now} />
        <Origin run={run} hasNotebook={hasNotebook} host={host} />
      </span>
      {task && <Progress task={task} isStatic={isStatic} />}
      <button
        ref={trash}
        type="button"
        class="rtw-button rtw-button-icon rtw-run-delete"
        title="Delete"
        aria-label={`Delete ${id}`}
        aria-expanded={isDeleting}
        onClick={() => setDeleting(!isDeleting)}
      >
        <TrashIcon />
      </button>
      {isDeleting && <Deletion run={run} onDelete={onDelete} onCancel={cancel} />}
    </li>
  );
}

function classOfRow(run: RunState): string {
  const names = ["rtw-run", `rtw-status-${run.status}`];
  if (isFailed(run) || run.status === "needs_input") names.push("rtw-run-alarm");
  if (goneAt(run) !== null) names.push("rtw-run-disconnected");
  return names.join(" ");
}

/** Opens the run: a real link where there is a page, so that it can be opened in a new tab. */
function OpenLink({ id, host }: { id: string; host: RunsHost }): JSX.Element {
  const open = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    host.open(id);
  };
  const href = host.href?.(id);
  return href === undefined ? (
    <button type="button" class="rtw-run-open" title={id} onClick={open}>
      {id}
    </button>
  ) : (
    <a class="rtw-run-open" title={id} href={href} onClick={open}>
      {id}
    </a>
  );
}

/** The elapsed time of an active run, or the time since another one ended. */
function When({ run, now }: { run: RunState; now: number }): JSX.Element {
  const { started, ended, updated, last_seen: lastSeen, status } = run;
  if (isActive(run) && started !== null) {
    const time = Date.parse(started);
    return (
      <Time time={time} title="Began">
        {formatDuration((goneAt(run) ?? now) - time)}
      </Time>
    );
  }
  const isLost = status === "lost" && lastSeen !== null;
  const time = isLost ? lastSeen * 1000 : Date.parse(ended ?? updated ?? "");
  return (
    <Time time={time} title={isLost ? "Last seen" : ended === null ? "Last event" : "Ended"}>
      {Number.isNaN(time) ? "" : formatAgo(now - time)}
    </Time>
  );
}

function Time(props: { time: number; title: string; children: ComponentChildren }): JSX.Element {
  const date = new Date(props.time);
  const words = Number.isNaN(date.getTime()) ? "" : `${props.title} ${date.toLocaleString()}`;
  return (
    <span class="rtw-run-when" title={words}>
      {props.children}
    </span>
  );
}

/** Why it needs attention: the message of its status, or how its publisher was lost. */
function Message({ run, now }: { run: RunState; now: number }): JSX.Element | null {
  const { status, last_seen: lastSeen, cause } = run;
  const gone = goneAt(run);
  if (gone !== null) return <span class="rtw-run-gone">{goneWords(gone, now)}</span>;
  const seen = lossWords({ lastSeen: lastSeen === null ? null : lastSeen * 1000, cause });
  const message = status === "lost" ? seen : run.message;
  if (!message || (status !== "failed" && status !== "needs_input" && status !== "lost"))
    return null;
  return (
    <span class="rtw-run-message" dir="auto" title={shownText(message)}>
      <Text text={message.split("\n", 1)[0] ?? ""} />
    </span>
  );
}

function Origin({
  run,
  hasNotebook,
  host,
}: Pick<RowProps, "run" | "hasNotebook" | "host">): JSX.Element {
  const user = userOf(run);
  return (
    <span class="rtw-run-origin">
      {run.notebook ? (
        <Notebook path={run.notebook} exists={hasNotebook} host={host} />
      ) : (
        run.program && (
          <span title={shownText(run.program)}>
            <Name text={nameOf(run.program)} />
          </span>
        )
      )}
      {user !== null && (
        <span class="rtw-run-user">
          <Name text={user} />
        </span>
      )}
    </span>
  );
}

interface NotebookProps {
  path: string;
  exists: boolean;
  host: RunsHost;
}

function Notebook({ path, exists, host }: NotebookProps): JSX.Element {
  const name = (
    <>
      <NotebookIcon />
      <span class="rtw-run-file">
        <Name text={nameOf(path)} />
      </span>
    </>
  );
  const canOpen = exists && partsOf(path) !== null;
  const href = canOpen ? host.notebookHref?.(path) : undefined;
  const title = `Go to ${shownText(path)}`;
  if (href !== undefined) {
    return (
      <a class="rtw-run-notebook" title={title} href={href}>
        {name}
      </a>
    );
  }
  if (canOpen && host.openNotebook) {
    return (
      <button
        type="button"
        class="rtw-run-notebook"
        title={title}
        onClick={() => host.openNotebook?.(path)}
      >
        {name}
      </button>
    );
  }
  return (
    <span class="rtw-run-notebook" title={shownText(path)}>
      {name}
      {!exists && <span class="rtw-run-missing">not there any more</span>}
    </span>
  );
}

function Progress({ task, isStatic }: { task: TaskState; isStatic: boolean }): JSX.Element {
  const share = shareDone(task);
  const state = task.state === "running" && isStatic ? "stopped" : task.state;
  const isUnknown = share === null && state === "running";
  return (
    <span class={`rtw-run-progress rtw-task-${state}`} title={shownText(task.task)}>
      <span
        class={isUnknown ? "rtw-bar rtw-bar-unknown" : "rtw-bar"}
        role="progressbar"
        aria-label={shownText(task.task)}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share !== null && { "aria-valuenow": Math.round(share * 100) })}
      >
        <span
          class="rtw-bar-fill"
          style={isUnknown ? {} : { inlineSize: `${(share ?? 0) * 100}%` }}
        />
      </span>
      <span class="rtw-run-share">{share !== null && formatShare(share)}</span>
    </span>
  );
}
