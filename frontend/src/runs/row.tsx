// One run in the list: status, progress, origin, time and cost, and a menu.

import type { ComponentChildren, JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { lossWords } from "../model/remarks.js";
import type { RunState } from "../protocol/messages.gen.js";
import { formatAgo, formatDuration, formatSpan } from "../ui/format.js";
import { StatusIcon } from "../ui/icons.js";
import { Stop } from "../ui/stop.js";
import { Tags } from "../ui/tags.js";
import { Name, shownText, Text } from "../ui/text.js";
import { spentLines } from "../ui/tokens.js";
import { goneWords, statusName } from "../ui/words.js";
import { Deletion } from "./deletion.js";
import { Done } from "./done.js";
import type { RunsHost } from "./host.js";
import { goneAt, isActive, isFailed, openPath, partsOf } from "./list.js";
import { durationOf } from "./order.js";
import { Origin } from "./origin.js";
import { RowAnswer } from "./row-answer.js";
import { RowMenu } from "./row-menu.js";
import type { Runs } from "./source.js";
import { spentWords, sumsOf } from "./spent.js";

interface RowProps {
  run: RunState;
  /** The server's time, in milliseconds since 1970. */
  now: number;
  /** Whether the list is out of date, so that no time counts on. */
  isFrozen: boolean;
  /** Whether its notebook still exists. */
  hasNotebook: boolean;
  host: RunsHost;
  /** The metrics that it shows. */
  metrics: readonly string[];
  source: Pick<Runs, "reply" | "kernels">;
  onDelete: () => Promise<void>;
  onAnswer: (questionId: string, value: string) => Promise<void>;
  /** Whether it is chosen, and what changes that; null while there is no choosing. */
  choice: RunChoice | null;
}

export interface RunChoice {
  isChosen: boolean;
  toggle: () => void;
}

export function Row(props: RowProps): JSX.Element {
  const { run, now, isFrozen, hasNotebook, host, source, onDelete, onAnswer, choice } = props;
  const { sprint_id: id, status } = run;
  const isStatic = isFrozen || goneAt(run) !== null || !isActive(run);
  const [isDeleting, setDeleting] = useState(false);
  const [isStopping, setStopping] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const cancel = () => {
    setDeleting(false);
    row.current?.querySelector<HTMLElement>(".rtw-menu-button")?.focus();
  };
  const canOpen = run.notebook !== null && hasNotebook && partsOf(run.notebook) !== null;
  return (
    <li ref={row} class={classOfRow(run, choice?.isChosen ?? false)}>
      <span class="rtw-run-status">
        <StatusIcon status={status} isStatic={isStatic} />
        {statusName(run)}
      </span>
      <RunName run={run} choice={choice} host={host} />
      <span class="rtw-run-about">
        <Title run={run} />
        <Message run={run} now={now} />
        <LastLine run={run} />
        <Origin run={run} hasNotebook={hasNotebook} host={host} />
      </span>
      <Done run={run} isStatic={isStatic} metrics={props.metrics} />
      <Facts run={run} now={now} />
      <RowMenu
        sprintId={id}
        host={host}
        notebook={canOpen ? run.notebook : null}
        onStop={isStoppable(run) ? () => setStopping(true) : null}
        onDelete={() => setDeleting(true)}
      />
      <RowStop {...{ run, now, source, isStopping }} onKeep={() => setStopping(false)} />
      <RowAnswer {...{ run, isFrozen, onAnswer }} onOpen={() => host.open(id)} />
      {isDeleting && <Deletion run={run} onDelete={onDelete} onCancel={cancel} />}
    </li>
  );
}

function RunName({ run, choice, host }: Pick<RowProps, "run" | "choice" | "host">): JSX.Element {
  const { sprint_id: id, attempt } = run;
  return (
    <span class="rtw-run-name">
      {choice ? <Choice id={id} {...choice} /> : <OpenLink id={id} host={host} />}
      {attempt > 1 && <span class="rtw-run-attempt">attempt {attempt}</span>}
      <Tags tags={run.details?.tags ?? []} />
    </span>
  );
}

/** Whether it is under way, so that a user can stop it. */
function isStoppable(run: RunState): boolean {
  return run.attempt > 0 && isActive(run);
}

interface RowStopProps extends Pick<RowProps, "run" | "now" | "source"> {
  /** Whether the user wants to stop it. */
  isStopping: boolean;
  onKeep: () => void;
}

function RowStop(props: RowStopProps): JSX.Element | null {
  const { run, now, source, isStopping, onKeep } = props;
  const { attempt, notebook } = run;
  if (!isStoppable(run) || !(isStopping || run.inbox?.stop)) return null;
  return (
    <span class="rtw-run-stop">
      <Stop
        run={{ attempt, isUnderWay: true, stop: run.inbox?.stop ?? null, notebook }}
        reply={(one) => source.reply(run.sprint_id, one)}
        kernels={source.kernels}
        clockOffset={now - Date.now()}
        onKeep={onKeep}
      />
    </span>
  );
}

function classOfRow(run: RunState, isChosen: boolean): string {
  const names = ["rtw-run", `rtw-status-${run.status}`];
  if (isChosen) names.push("rtw-run-chosen");
  if (isFailed(run) || run.status === "needs_input") names.push("rtw-run-alarm");
  if (goneAt(run) !== null) names.push("rtw-run-disconnected");
  return names.join(" ");
}

/** Chooses the run; the whole row does. */
function Choice({ id, isChosen, toggle }: { id: string } & RunChoice): JSX.Element {
  return (
    <label class="rtw-run-open" title={id}>
      <input type="checkbox" class="rtw-run-check" checked={isChosen} onChange={toggle} />
      <span>{id}</span>
    </label>
  );
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

/** How long it took, what its agents have used, and how long ago it ended. */
function Facts({ run, now }: { run: RunState; now: number }): JSX.Element {
  const { started, ended, updated, last_seen: lastSeen, status } = run;
  const sums = sumsOf(run);
  const isLost = status === "lost" && lastSeen !== null;
  const time = isLost ? lastSeen * 1000 : Date.parse(ended ?? updated ?? "");
  const title = isLost ? "Last seen" : ended === null ? "Last event" : "Ended";
  return (
    <span class="rtw-run-facts">
      <Time time={Date.parse(started ?? "")} title="Began" class="rtw-run-duration">
        {durationWords(run, now)}
      </Time>
      <span class="rtw-run-spent" title={spentLines(sums).map(shownText).join("\n")}>
        {spentWords(sums)}
      </span>
      <Time time={time} title={title} class="rtw-run-when">
        {isActive(run) || Number.isNaN(time) ? "" : formatAgo(now - time)}
      </Time>
    </span>
  );
}

function durationWords(run: RunState, now: number): string {
  const duration = durationOf(run, now);
  if (duration === null) return "";
  return isActive(run) ? formatDuration(duration) : formatSpan(duration);
}

interface TimeProps {
  time: number;
  title: string;
  class: string;
  children: ComponentChildren;
}

function Time(props: TimeProps): JSX.Element {
  const date = new Date(props.time);
  const words = Number.isNaN(date.getTime()) ? "" : `${props.title} ${date.toLocaleString()}`;
  return (
    <span class={props.class} title={words}>
      {props.children}
    </span>
  );
}

/** Why it needs attention, how its publisher was lost, or what it is doing. */
function Message({ run, now }: { run: RunState; now: number }): JSX.Element | null {
  const { status, last_seen: lastSeen, cause } = run;
  const gone = goneAt(run);
  if (gone !== null) return <span class="rtw-run-gone">{goneWords(gone, now)}</span>;
  const seen = lossWords({ lastSeen: lastSeen === null ? null : lastSeen * 1000, cause });
  const message = status === "lost" ? seen : run.message;
  if (!message || !hasMessage(run)) return <OpenPath path={openPath(run)} />;
  return (
    <span class="rtw-run-message" dir="auto" title={shownText(message)}>
      <Text text={message.split("\n", 1)[0] ?? ""} />
    </span>
  );
}

/** The newest line of the log, where the message of the status does not have the reason. */
function LastLine({ run }: { run: RunState }): JSX.Element | null {
  const { last_line: line } = run;
  if (line === null || hasMessage(run)) return null;
  return (
    <span class={`rtw-run-line rtw-run-line-${line.level}`} dir="auto" title={shownText(line.text)}>
      <Text text={line.text} />
    </span>
  );
}

/** Whether the row shows why the run needs attention. */
function hasMessage({ status, message }: RunState): boolean {
  return (
    status === "lost" || (Boolean(message) && (status === "failed" || status === "needs_input"))
  );
}

function Title({ run }: { run: RunState }): JSX.Element | null {
  const title = run.details?.title ?? null;
  return title === null ? null : (
    <span class="rtw-run-title" title={shownText(title)}>
      <Name text={title} />
    </span>
  );
}

function OpenPath({ path }: { path: readonly string[] }): JSX.Element | null {
  if (path.length === 0) return null;
  const words = path.map(shownText).join(" › ");
  return (
    <span class="rtw-run-path" title={words}>
      <Name text={words} />
    </span>
  );
}
