// What the agents say and do. All of it is untrusted text and is only ever set as text.

import { Component, type JSX } from "preact";
import { useState } from "preact/hooks";
import { formatClock } from "../protocol/sentences.js";
import type { Transcript as Entries, Entry } from "../protocol/transcript.js";
import { EntryBody, hasBody, Pause, Printing, roleClass, roleOf } from "./entry.js";
import { formatCount, formatNumber } from "./format.js";
import { useFollowing, usePrinting } from "./hooks.js";
import { JumpButton } from "./jump.js";
import { Name } from "./text.js";
import { WheelHint } from "./wheel.js";

/** Entries drawn at first and with each request for earlier ones. */
const PAGE = 200;

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
  const isPrinting = usePrinting();
  const first = isPrinting ? 0 : Math.max(entries.length - shown, 0);
  const shownEntries = entries.slice(first).filter(hasBody);
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
          <Printing.Provider value={isPrinting}>
            {shownEntries.map((entry, index) => (
              <Row
                key={entry.n}
                entry={entry}
                version={entry.version}
                isLive={isLive && entry.n >= attemptStart}
                goesOn={areOfOne(shownEntries[index - 1], entry)}
              />
            ))}
          </Printing.Provider>
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
  /** Whether the entry before it has the same heading. */
  goesOn: boolean;
}

class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { version, isLive, goesOn } = this.props;
    return next.version !== version || next.isLive !== isLive || next.goesOn !== goesOn;
  }

  render({ entry, isLive, goesOn }: RowProps): JSX.Element {
    const role = roleOf(entry);
    return (
      <article class={`rtw-entry rtw-entry-${entry.kind}`}>
        {!goesOn && entry.kind !== "divider" && (
          <div class="rtw-agent">
            <span class="rtw-agent-name">
              <Name text={entry.agent} />
            </span>
            {role && (
              <span class={`rtw-role ${roleClass(role)}`}>
                <Name text={role} />
              </span>
            )}
            {entry.time !== null && <span class="rtw-time">{formatClock(entry.time)}</span>}
          </div>
        )}
        <EntryBody entry={entry} isLive={isLive} />
      </article>
    );
  }
}

/** Whether two entries stand below one heading. */
function areOfOne(before: Entry | undefined, entry: Entry): boolean {
  return before?.agent === entry.agent && roleOf(before) === roleOf(entry);
}
