// The row above the log: how many lines there are, which of them are shown, errors, finding, copying.

import type { JSX } from "preact";
import type { LogBook } from "../../model/log.js";
import { CopyButton } from "../../ui/copy-button.js";
import { formatCount, formatNumber } from "../../ui/format.js";
import { LeaveFullScreenIcon } from "../../ui/icons.js";
import type { FullScreen } from "./full-screen.js";
import type { LogChoice } from "./log-filter.js";
import { SeverityButtons } from "./severity-buttons.js";
import type { SeverityJump } from "./use-severity-jump.js";

interface ToolbarProps {
  book: LogBook;
  /** Number of the lines shown; null where no filter is set. */
  matches: number | null;
  /** The share of the log that was searched for them, 0 to 1. */
  share: number;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
  jump: SeverityJump;
  fullScreen: FullScreen;
  /** The find box. */
  children: JSX.Element;
  menu: JSX.Element;
  /** The text of the lines shown. */
  text: () => string;
}

export function Toolbar(props: ToolbarProps): JSX.Element {
  const { book, choice, onChoice, jump, fullScreen, children, menu, text } = props;
  return (
    <div class="rtw-toolbar">
      <span class="rtw-log-count">{countWords(props)}</span>
      <SeverityButtons severe={book.severe} jump={jump} />
      <select
        class="rtw-field"
        aria-label="Lines shown"
        value={choice}
        onChange={(event) => onChoice(event.currentTarget.value as LogChoice)}
      >
        <option value="debug">All levels</option>
        <option value="info">Info and above</option>
        <option value="warning">Warnings, errors</option>
        <option value="error">Errors</option>
        {(book.remarks > 0 || choice === "remarks") && (
          <option value="remarks">Gaps and notes ({book.remarks})</option>
        )}
      </select>
      {children}
      <CopyButton text={text} />
      {fullScreen.isFull && (
        <button
          type="button"
          class="rtw-button rtw-button-icon"
          title="Leave full screen (Escape)"
          aria-label="Leave full screen"
          onClick={fullScreen.toggle}
        >
          <LeaveFullScreenIcon />
        </button>
      )}
      {menu}
    </div>
  );
}

/** "1,204 lines", "about 50,000 lines", "12 of 1,204 lines", "12 of about 50,000 lines, 8% searched". */
function countWords({ book, matches, share }: ToolbarProps): string {
  const { isWhole, size } = book;
  const all = `${isWhole ? "" : "about "}${formatCount(size, "line")}`;
  if (matches === null) return all;
  const found = `${formatNumber(matches)} of ${all}`;
  return isWhole || share >= 1 ? found : `${found}, ${Math.floor(100 * share)}% searched`;
}
