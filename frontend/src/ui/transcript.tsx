// What the agents say and do. All of it is untrusted text and is only ever set as text.

import { Component, type ComponentChildren, createContext, type JSX } from "preact";
import { useContext, useState } from "preact/hooks";
import { formatClock } from "../protocol/sentences.js";
import { type Transcript as Entries, type Entry, MAX_TEXT } from "../protocol/transcript.js";
import { formatCount, formatNumber } from "./format.js";
import { useFollowing } from "./hooks.js";
import { CheckIcon, ChevronIcon, CrossIcon, SpinnerIcon, UnfinishedIcon } from "./icons.js";
import { JumpButton } from "./jump.js";
import { LongText, Name, shownText } from "./text.js";
import { WheelHint } from "./wheel.js";

/** Entries drawn at first and with each request for earlier ones. */
const PAGE = 200;

/** Keeps in place what the reader unfolds, instead of going on to the end. */
const Pause = createContext<() => void>(() => undefined);

export function Transcript({
  entries: transcript,
  isLive,
}: {
  entries: Entries;
  isLive: boolean;
}): JSX.Element {
  const { ref, isFollowing, onScroll, jump, pause, wantsClick } = useFollowing<HTMLDivElement>();
  const [shown, setShown] = useState(PAGE);
  const { entries, trimmed, attemptStart } = transcript;
  const first = Math.max(entries.length - shown, 0);
  return (
    <section class="rtw-transcript" aria-label="Agent messages">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div class="rtw-entries" ref={ref} onScroll={onScroll} tabIndex={0}>
        {first > 0 && (
          <button type="button" class="rtw-button" onClick={() => setShown(shown + PAGE)}>
            Show {formatNumber(Math.min(first, PAGE))} earlier
          </button>
        )}
        {first === 0 && trimmed > 0 && (
          <p class="rtw-aside">{formatCount(trimmed, "earlier message")} not kept in this view</p>
        )}
        <Pause.Provider value={pause}>
          {entries.slice(first).map((entry, index) => (
            <Row
              key={entry.n}
              entry={entry}
              version={entry.version}
              isLive={isLive && entry.n >= attemptStart}
              isSameAgent={entries[first + index - 1]?.agent === entry.agent && index > 0}
            />
          ))}
        </Pause.Provider>
      </div>
      <WheelHint isShown={wantsClick} />
      {!isFollowing && <JumpButton onClick={jump}>Jump to latest</JumpButton>}
    </section>
  );
}

interface RowProps {
  entry: Entry;
  /** The entry changes in place; its version tells whether it has to be drawn again. */
  version: number;
  /** Whether its attempt goes on, so that what is open may still grow. */
  isLive: boolean;
  isSameAgent: boolean;
}

class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { version, isLive, isSameAgent } = this.props;
    return next.version !== version || next.isLive !== isLive || next.isSameAgent !== isSameAgent;
  }

  render({ entry, isLive, isSameAgent }: RowProps): JSX.Element {
    return (
      <article class={`rtw-entry rtw-entry-${entry.kind}`}>
        {!isSameAgent && entry.kind !== "divider" && (
          <div class="rtw-agent">
            <span class="rtw-agent-name">
              <Name text={entry.agent} />
            </span>
            {entry.time !== null && <span class="rtw-time">{formatClock(entry.time)}</span>}
          </div>
        )}
        {drawEntry(entry, isLive)}
      </article>
    );
  }
}

function Divider({ entry: { title, time } }: { entry: Entry }): JSX.Element {
  return (
    <div class="rtw-divider">
      {title}
      {time !== null && <span class="rtw-time">{formatClock(time)}</span>}
    </div>
  );
}

function drawEntry(entry: Entry, isLive: boolean): JSX.Element {
  const isOpen = entry.isOpen && isLive;
  switch (entry.kind) {
    case "message":
      return (
        <div class={entry.title === "user" ? "rtw-text rtw-text-user" : "rtw-text"}>
          <LongText text={entry.text} />
          {isOpen && <span class="rtw-caret" />}
          <Cut entry={entry} />
        </div>
      );
    case "reasoning":
      return (
        <Fold summary={isOpen ? "Reasoning…" : "Reasoning"}>
          <div class="rtw-text rtw-text-quiet">
            <LongText text={entry.text} />
            {isOpen && <span class="rtw-caret" />}
            <Cut entry={entry} />
          </div>
        </Fold>
      );
    case "tool":
      return <Tool entry={entry} isLive={isLive} />;
    case "step":
      return (
        <div class="rtw-step">
          <StateIcon isDone={!entry.isOpen} isLive={isLive} />
          <Name text={entry.title} />
        </div>
      );
    case "error":
      return (
        <div class="rtw-text rtw-text-error">
          <CrossIcon /> <LongText text={entry.text || "The agent ended with an error."} />
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

function Tool({ entry, isLive }: { entry: Entry; isLive: boolean }): JSX.Element {
  const summary = (
    <>
      <span class="rtw-tool-name">
        <Name text={entry.title || "tool"} />
      </span>
      <span class="rtw-tool-args">
        <Name text={entry.text} />
      </span>
      {entry.error === null ? (
        <StateIcon isDone={entry.result !== null} isLive={isLive} />
      ) : (
        <CrossIcon label="failed" />
      )}
    </>
  );
  return (
    <Fold summary={summary}>
      {entry.text !== "" && (
        <pre class="rtw-pre">
          <LongText text={prettyJson(entry.text)} />
        </pre>
      )}
      {entry.error && (
        <div class="rtw-text rtw-text-error">
          <LongText text={entry.error} />
        </div>
      )}
      {entry.result !== null && (
        <pre class="rtw-pre rtw-pre-result">
          <LongText text={entry.result} />
        </pre>
      )}
      {entry.result === null && <p class="rtw-aside">{isLive ? "no result yet" : "no result"}</p>}
      <Cut entry={entry} />
    </Fold>
  );
}

function StateIcon({ isDone, isLive }: { isDone: boolean; isLive: boolean }): JSX.Element {
  if (isDone) return <CheckIcon label="done" />;
  return isLive ? <SpinnerIcon label="under way" /> : <UnfinishedIcon label="not finished" />;
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
  return (
    <details
      class="rtw-fold"
      open={isOpen}
      onToggle={({ currentTarget: { open } }) => {
        setOpen(open);
        if (open) pause();
      }}
    >
      <summary class="rtw-summary">
        <ChevronIcon />
        {summary}
      </summary>
      {isOpen && <div class="rtw-folded">{children}</div>}
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
