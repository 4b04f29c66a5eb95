// What the agents of a run have used: a button with the sums, and the lines that it shows.

import type { JSX } from "preact";
import { type Feed, frozenAt } from "../../feeds/feed.js";
import { spentBy } from "../../model/agents/tally.js";
import { shownText } from "../../ui/text.js";
import { costWords, spentLines, tokenWords } from "../../ui/tokens.js";
import { meanTokenWords, timeWords } from "./time-words.js";

interface SpentProps {
  feed: Feed;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}

export function SpentButton({ feed, isOpen, onToggle }: SpentProps): JSX.Element | null {
  const spent = spentBy(feed.run.agents);
  const words = [tokenWords(spent), costWords(spent)].filter((each) => each !== "");
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
  const { agents, stoppedAt } = feed.run;
  const now = stoppedAt ?? frozenAt(feed) ?? Date.now() + feed.clockOffset;
  const times = agents ? [timeWords(agents, now), meanTokenWords(agents.first_tokens)] : [];
  const lines = [...spentLines(spentBy(agents)), ...times];
  return lines.filter((line) => line !== "").map(shownText);
}
