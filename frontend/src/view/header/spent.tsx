// What the agents of a run have used: a button with the sums, and the lines that it shows.

import type { JSX } from "preact";
import { type Feed, frozenAt } from "../../feeds/feed.js";
import { shownText } from "../../ui/text.js";
import { costWords, spentLines, tokenWords } from "../../ui/tokens.js";
import { timeWords } from "./time-words.js";

interface SpentProps {
  feed: Feed;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}

export function SpentButton({ feed, isOpen, onToggle }: SpentProps): JSX.Element | null {
  const { sums } = feed.run.timeline;
  const words = [tokenWords(sums), costWords(sums)].filter((each) => each !== "");
  if (words.length === 0) return null;
  return (
    <button
      type="button"
      class="rtw-button rtw-spent"
      title={linesOf(feed).join("\n")}
      aria-expanded={isOpen}
      onClick={() => onToggle(!isOpen)}
    >
      {words.map((each) => (
        <span key={each}>{each}</span>
      ))}
    </button>
  );
}

export function Spent({ feed }: { feed: Feed }): JSX.Element {
  return (
    <ul class="rtw-spent-lines">
      {linesOf(feed).map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function linesOf(feed: Feed): string[] {
  const { timeline, stoppedAt } = feed.run;
  const now = stoppedAt ?? frozenAt(feed) ?? Date.now() + feed.clockOffset;
  const lines = [...spentLines(timeline.sums), timeWords(timeline.spent, now)];
  return lines.filter((line) => line !== "").map(shownText);
}
