// What can be done with the lines that are selected, or that a link leads to.

import type { JSX } from "preact";
import { CrossIcon } from "../../ui/icons.js";

export interface BarProps {
  /** Which lines, or why they are not there. */
  words: string;
  /** Copies the text of the lines; null where there are none. */
  copyText: (() => void) | null;
  /** Copies the link to the lines; null where the run has no page. */
  copyLink: (() => void) | null;
  /** Folds or unfolds the line; null where it cannot. */
  fold: { isFolded: boolean; toggle: () => void } | null;
  close: () => void;
}

export function SelectionBar({ words, copyText, copyLink, fold, close }: BarProps): JSX.Element {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a press on a button must not end the selection
    <div class="rtw-selection-bar" onMouseDown={(event) => event.preventDefault()}>
      <span class="rtw-selection-words" role="status">
        {words}
      </span>
      {fold && <BarButton onClick={fold.toggle}>{fold.isFolded ? "Unfold" : "Fold"}</BarButton>}
      {copyText && <BarButton onClick={copyText}>Copy text</BarButton>}
      {copyLink && <BarButton onClick={copyLink}>Copy link</BarButton>}
      <button
        type="button"
        class="rtw-button rtw-button-icon"
        title="Clear the selection (Escape)"
        aria-label="Clear the selection"
        onClick={close}
      >
        <CrossIcon />
      </button>
    </div>
  );
}

function BarButton({ onClick, children }: { onClick: () => void; children: string }): JSX.Element {
  return (
    <button type="button" class="rtw-button" onClick={onClick}>
      {children}
    </button>
  );
}
