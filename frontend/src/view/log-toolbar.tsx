// The row above the log: how many lines there are, which of them are shown, finding and copying.

import type { JSX } from "preact";
import type { LogBook } from "../model/log.js";
import { formatCount, formatNumber } from "../ui/format.js";
import { CopyButton } from "./copy-button.js";
import type { LogChoice } from "./log-filter.js";

interface ToolbarProps {
  book: LogBook;
  /** Number of the lines shown; null where no filter is set. */
  matches: number | null;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
  /** The find box. */
  children: JSX.Element;
  /** The text of the lines shown. */
  text: () => string;
}

export function Toolbar(props: ToolbarProps): JSX.Element {
  const { book, choice, onChoice, children, text } = props;
  return (
    <div class="rtw-toolbar">
      <span class="rtw-log-count">{countWords(props)}</span>
      <select
        class="rtw-field"
        aria-label="Lines shown"
        value={choice}
        onChange={(event) => onChoice(event.currentTarget.value as LogChoice)}
      >
        <option value="debug">All levels</option>
        <option value="info">Info and above</option>
        <option value="warning">Warnings{counted(book.count("warning"))} and above</option>
        <option value="error">
          Errors{counted(sum(book.count("error"), book.count("critical")))}
        </option>
        {(book.remarks > 0 || choice === "remarks") && (
          <option value="remarks">Gaps and notes ({book.remarks})</option>
        )}
      </select>
      {children}
      <CopyButton text={text} />
    </div>
  );
}

/** "1,204 lines", "about 50,000 lines", "12 of 1,204 lines", "12 of about 50,000 lines, 8% searched". */
function countWords({ book, matches }: ToolbarProps): string {
  const { isWhole, size, loaded } = book;
  const all = `${isWhole ? "" : "about "}${formatCount(size, "line")}`;
  if (matches === null) return all;
  const found = `${formatNumber(matches)} of ${all}`;
  return isWhole ? found : `${found}, ${Math.floor((100 * loaded) / Math.max(size, 1))}% searched`;
}

function counted(count: number | null): string {
  return count === null ? "" : ` (${count})`;
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
