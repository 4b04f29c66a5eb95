// The body of one entry of the transcript: a message, a tool call, a step, an error.

import { type ComponentChildren, createContext, type JSX } from "preact";
import { useContext, useState } from "preact/hooks";
import type { Entry, EntryState } from "../model/entry.js";
import { formatClock } from "../model/remarks.js";
import { MAX_TEXT } from "../model/transcript.js";
import { formatNumber } from "../ui/format.js";
import {
  CheckIcon,
  ChevronIcon,
  CrossIcon,
  HalfIcon,
  SpinnerIcon,
  UnfinishedIcon,
} from "../ui/icons.js";
import { LongText, Name, shownText } from "../ui/text.js";

/** Stops following the end, so that an entry stays in place when it is unfolded. */
export const Pause = createContext<() => void>(() => undefined);

/** Whether all folds are open, because the page is being printed. */
export const Printing = createContext(false);

/** Roles of AG-UI with a style of their own. */
const ROLES = new Set(["user", "system", "developer", "tool"]);

/** The role of a message; "" for the assistant. */
export function roleOf({ kind, title }: Entry): string {
  return kind === "message" && title !== "assistant" ? title : "";
}

export function roleClass(role: string): string {
  return ROLES.has(role) ? `rtw-role-${role}` : "";
}

/** Whether there is content: some agents send an empty message before each tool call. */
export function hasBody({ kind, text, state }: Entry): boolean {
  return kind !== "message" || text !== "" || state === "open";
}

interface BodyProps {
  entry: Entry;
  /** Whether its attempt is in progress, so that an open entry may grow. */
  isLive: boolean;
}

export function EntryBody({ entry, isLive }: BodyProps): JSX.Element {
  const state = stateOf(entry, isLive);
  switch (entry.kind) {
    case "message":
      return (
        <div class={`rtw-text ${roleClass(roleOf(entry))}`}>
          <GrowingText entry={entry} state={state} />
        </div>
      );
    case "reasoning":
      return (
        <Fold summary={state === "open" ? "Reasoning…" : "Reasoning"}>
          <div class="rtw-text rtw-text-quiet">
            <GrowingText entry={entry} state={state} />
          </div>
        </Fold>
      );
    case "tool":
      return <Tool entry={entry} state={state} />;
    case "step":
      return <Step entry={entry} state={state} />;
    case "error":
      return (
        <div class="rtw-text rtw-failure">
          <CrossIcon label="Error" />{" "}
          <LongText text={entry.text || "The agent ended with an error."} />
        </div>
      );
    case "divider":
      return <Divider entry={entry} />;
    case "other":
      return (
        <div class="rtw-other" title={shownText(entry.text)}>
          <Name text={`${entry.title} ${entry.text}`} />
        </div>
      );
  }
}

/** In an attempt that has ended, open and waiting entries are unfinished. */
function stateOf({ state }: Entry, isLive: boolean): EntryState {
  return !isLive && (state === "open" || state === "waiting") ? "unfinished" : state;
}

function Step({ entry, state }: StatefulProps): JSX.Element {
  return (
    <div class="rtw-step">
      <StateIcon state={state} />
      <Name text={entry.title} />
    </div>
  );
}

function Divider({ entry: { title, time } }: { entry: Entry }): JSX.Element {
  return (
    <div class="rtw-divider">
      {title}
      {time !== null && <span class="rtw-time">{formatClock(time)}</span>}
    </div>
  );
}

interface StatefulProps {
  entry: Entry;
  state: EntryState;
}

/** The text of an entry, with a caret while it is open. */
function GrowingText({ entry, state }: StatefulProps): JSX.Element {
  return (
    <>
      <LongText text={entry.text} />
      {state === "open" && <span class="rtw-caret" />}
      <Cut entry={entry} />
    </>
  );
}

function Tool({ entry, state }: StatefulProps): JSX.Element {
  const hasFailed = state === "failed";
  const why = entry.error || (hasFailed ? entry.result : "");
  return (
    <>
      <Fold summary={<ToolSummary entry={entry} state={state} />}>
        {entry.text !== "" && (
          <Block>
            <LongText text={prettyJson(entry.text)} />
          </Block>
        )}
        {entry.result !== null && !(hasFailed && ["", why].includes(entry.result)) && (
          <Block isResult={!hasFailed}>
            <LongText text={entry.result} />
          </Block>
        )}
        {entry.result === null && (
          <p class="rtw-aside">{state === "unfinished" ? "no result" : "no result yet"}</p>
        )}
        <Cut entry={entry} />
      </Fold>
      {why && (
        <div class="rtw-text rtw-failure">
          <LongText text={why} />
        </div>
      )}
    </>
  );
}

function ToolSummary({ entry, state }: StatefulProps): JSX.Element {
  return (
    <>
      <span class="rtw-tool-name">
        <Name text={entry.title || "tool"} />
      </span>
      <span class="rtw-tool-args">
        <Name text={entry.text} />
      </span>
      {state === "failed" ? (
        <span class="rtw-failed">
          <CrossIcon /> failed
        </span>
      ) : (
        <StateIcon state={state} />
      )}
    </>
  );
}

function Block(props: { isResult?: boolean; children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre class={props.isResult ? "rtw-pre rtw-pre-result" : "rtw-pre"} tabIndex={0}>
      {props.children}
    </pre>
  );
}

function StateIcon({ state }: { state: EntryState }): JSX.Element {
  switch (state) {
    case "open":
      return <SpinnerIcon label="under way" />;
    case "waiting":
      return <HalfIcon label="no result yet" />;
    case "done":
      return <CheckIcon label="done" />;
    case "failed":
      return <CrossIcon label="failed" />;
    case "unfinished":
      return <UnfinishedIcon label="not finished" />;
  }
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
      class="rtw-fold"
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

function Cut({ entry }: { entry: Entry }): JSX.Element | null {
  if (!entry.isCut) return null;
  return <p class="rtw-aside">cut after {formatNumber(MAX_TEXT)} characters</p>;
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
