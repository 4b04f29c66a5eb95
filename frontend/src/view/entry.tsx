// The body of one row of the timeline: a message, a tool call, a step, an error.

import { type ComponentChildren, createContext, type JSX } from "preact";
import { useContext, useState } from "preact/hooks";
import { formatClock } from "../model/remarks.js";
import { durationOf, type Part, type TimelineNode } from "../model/timeline/node.js";
import { MAX_TEXT } from "../model/timeline/node-store.js";
import { showJson } from "../protocol/messages.js";
import { formatCount, formatNumber, formatSpan } from "../ui/format.js";
import {
  CheckIcon,
  ChevronIcon,
  CrossIcon,
  DotIcon,
  HalfIcon,
  SpinnerIcon,
  StopIcon,
  UnfinishedIcon,
} from "../ui/icons.js";
import { LongText, Name, shownText } from "../ui/text.js";
import { type NodeState, STATE_WORDS, stateOf } from "./node-state.js";

/** Stops following the end, so that a row stays in place when it is unfolded. */
export const Pause = createContext<() => void>(() => undefined);

/** Whether all folds are open, because the page is being printed. */
export const Printing = createContext(false);

/** Roles of AG-UI with a style of their own. */
const ROLES = new Set(["user", "system", "developer", "tool"]);

/** Most characters of an activity. */
const MAX_ACTIVITY = 2_000;

/** The role of a message; "" for the assistant. */
export function roleOf({ role }: TimelineNode): string {
  return role === "assistant" ? "" : role;
}

export function roleClass(role: string): string {
  return ROLES.has(role) ? `rtw-role-${role}` : "";
}

/** Whether there is content: some agents send an empty message before each tool call. */
export function hasBody({ kind, text, isOpen, isKept, outcome }: TimelineNode): boolean {
  if (kind === "run") return outcome === "cancelled";
  return (kind !== "message" && kind !== "reasoning") || text !== "" || isOpen || !isKept;
}

interface BodyProps {
  node: TimelineNode;
  /** Whether its attempt is in progress, so that an open node may grow. */
  isLive: boolean;
}

export function EntryBody({ node, isLive }: BodyProps): JSX.Element {
  const state = stateOf(node, isLive);
  switch (node.kind) {
    case "message":
      return (
        <>
          {!node.hasStart && <p class="rtw-aside">without its beginning</p>}
          <div class={`rtw-text ${roleClass(roleOf(node))}`}>
            <GrowingText node={node} state={state} />
          </div>
        </>
      );
    case "reasoning":
      return (
        <Fold summary={<Name text={reasoningWords(node, state)} />}>
          <div class="rtw-text rtw-text-quiet">
            <GrowingText node={node} state={state} />
          </div>
        </Fold>
      );
    case "tool":
      return <Tool node={node} state={state} />;
    case "run":
    case "step":
    case "subagent":
    case "interrupt":
      return <Line node={node} state={state} />;
    case "error":
      return (
        <Failure>
          <CrossIcon label="Error" />{" "}
          <LongText text={node.text || "The agent ended with an error."} />
        </Failure>
      );
    case "divider":
      return <Divider node={node} />;
    default:
      return <Other node={node} />;
  }
}

interface StatefulProps {
  node: TimelineNode;
  state: NodeState;
}

function reasoningWords(node: TimelineNode, state: NodeState): string {
  const heading = node.title || "Reasoning";
  if (state === "open") return `${heading}…`;
  const duration = durationOf(node);
  return duration === null ? heading : `${heading}, ${formatSpan(duration)}`;
}

/** What has no text of its own but a name: a step, a sub-agent, the end of a run. */
function Line({ node, state }: StatefulProps): JSX.Element {
  return (
    <>
      <div class="rtw-step">
        <StateIcon state={state} />
        <Name text={lineWords(node)} />
        <Duration node={node} />
      </div>
      {node.error && (
        <Failure>
          <LongText text={node.error} />
        </Failure>
      )}
    </>
  );
}

function lineWords({ kind, title, text, outcome }: TimelineNode): string {
  switch (kind) {
    case "run":
      return "The run was cancelled";
    case "interrupt":
      return `${outcome === "suspended" ? "Needs an answer" : "Needed an answer"}: ${text || title}`;
    default:
      return title;
  }
}

/** States, activities, and events that are shown as they are. */
function Other({ node }: { node: TimelineNode }): JSX.Element {
  const text = otherWords(node);
  return (
    <div class="rtw-other" title={shownText(text)}>
      <Name text={text} />
    </div>
  );
}

function otherWords({ kind, title, text, count, data, error }: TimelineNode): string {
  if (kind === "activity") return `${title} ${showJson(data).slice(0, MAX_ACTIVITY)}`;
  if (kind !== "state") return `${title} ${text}`;
  const words = `state changed ${formatCount(count, "time")}`;
  return error === null ? words : `${words}; the newest change could not be applied: ${error}`;
}

function Divider({ node: { title, time } }: { node: TimelineNode }): JSX.Element {
  return (
    <div class="rtw-divider">
      {title}
      {time !== null && <span class="rtw-time">{formatClock(time)}</span>}
    </div>
  );
}

/** The text of a node, with a caret while it is open. */
function GrowingText({ node, state }: StatefulProps): JSX.Element {
  return (
    <>
      <LongText text={node.text} />
      {state === "open" && <span class="rtw-caret" />}
      <Cut node={node} />
    </>
  );
}

function Tool({ node, state }: StatefulProps): JSX.Element {
  const hasFailed = state === "failed";
  const result = node.result === null ? null : resultText(node.result);
  const why = node.error || (hasFailed ? result : "");
  return (
    <>
      <Fold summary={<ToolSummary node={node} state={state} />}>
        {node.args !== "" && (
          <Block>
            <LongText text={node.isOpen ? node.args : prettyJson(node.args)} />
          </Block>
        )}
        {result !== null && !(hasFailed && ["", why].includes(result)) && (
          <Block isResult={state === "done"}>
            <LongText text={result} />
          </Block>
        )}
        {result === null && <p class="rtw-aside">{STATE_WORDS[state]}</p>}
        <Cut node={node} />
      </Fold>
      {why && (
        <Failure>
          <LongText text={why} />
        </Failure>
      )}
    </>
  );
}

function ToolSummary({ node, state }: StatefulProps): JSX.Element {
  return (
    <>
      <span class="rtw-tool-name">
        <Name text={node.title || "tool"} />
      </span>
      <span class="rtw-tool-args">
        <Name text={node.args} />
      </span>
      {state === "failed" ? (
        <span class="rtw-failed">
          <CrossIcon /> failed
        </span>
      ) : (
        <StateIcon state={state} />
      )}
      <Duration node={node} />
    </>
  );
}

/** The text of a result; parts that are no text are shown as JSON. */
function resultText(result: string | readonly Part[]): string {
  if (typeof result === "string") return result;
  const isText = (part: Part) => part.type === "text" && typeof part["text"] === "string";
  return result.map((part) => (isText(part) ? part["text"] : showJson(part))).join("\n");
}

function Duration({ node }: { node: TimelineNode }): JSX.Element | null {
  const duration = durationOf(node);
  return duration === null ? null : <span class="rtw-time">{formatSpan(duration)}</span>;
}

function Failure({ children }: { children: ComponentChildren }): JSX.Element {
  return <div class="rtw-text rtw-failure">{children}</div>;
}

function Block(props: { isResult?: boolean; children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre class={props.isResult ? "rtw-pre rtw-pre-result" : "rtw-pre"} tabIndex={0}>
      {props.children}
    </pre>
  );
}

const ICONS: Record<NodeState, typeof CheckIcon> = {
  open: SpinnerIcon,
  running: HalfIcon,
  answered: DotIcon,
  done: CheckIcon,
  failed: CrossIcon,
  cancelled: StopIcon,
  suspended: HalfIcon,
  unanswered: UnfinishedIcon,
  unfinished: UnfinishedIcon,
};

function StateIcon({ state }: { state: NodeState }): JSX.Element {
  const StateMark = ICONS[state];
  return <StateMark label={STATE_WORDS[state]} />;
}

function Fold({
  summary,
  children,
}: {
  summary: ComponentChildren;
  children: ComponentChildren;
}): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const pause = useContext(Pause);
  const isPrinting = useContext(Printing);
  const isShown = isOpen || isPrinting;
  return (
    <details
      class="rtw-details"
      open={isShown}
      onToggle={({ currentTarget: { open } }) => {
        if (isPrinting) return;
        setOpen(open);
        if (open) pause();
      }}
    >
      <summary class="rtw-summary">
        <ChevronIcon />
        {summary}
      </summary>
      {isShown && <div class="rtw-folded">{children}</div>}
    </details>
  );
}

function Cut({ node }: { node: TimelineNode }): JSX.Element | null {
  if (!node.isKept) return <p class="rtw-aside">text not kept in this view</p>;
  if (!node.isCut) return null;
  return <p class="rtw-aside">cut after {formatNumber(MAX_TEXT)} characters</p>;
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
