// A part of a row that unfolds, and parts that are unfolded while the page is printed.

import { type ComponentChildren, createContext, type JSX } from "preact";
import { useContext } from "preact/hooks";
import { ChevronIcon } from "../../ui/icons.js";

/** The folds of one row. */
export interface RowFolds {
  isOpen: (part: string, otherwise?: boolean) => boolean;
  set: (part: string, isOpen: boolean) => void;
  /** Whether all are unfolded, for printing. */
  isUnfolded: boolean;
}

export const FoldsContext = createContext<RowFolds>({
  isOpen: () => false,
  set: () => undefined,
  isUnfolded: false,
});

interface FoldProps {
  part: string;
  summary: ComponentChildren;
  children: ComponentChildren;
  /** Whether the chevron is left out, because the summary has a mark. */
  hasMark?: boolean;
}

export function Fold({ part, summary, children, hasMark = false }: FoldProps): JSX.Element {
  const folds = useContext(FoldsContext);
  const isOpen = folds.isOpen(part);
  return (
    <details class="rtw-unfold" open={isOpen}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button */}
      <summary
        class="rtw-summary"
        onClick={(event) => {
          event.preventDefault();
          if (!folds.isUnfolded) folds.set(part, !isOpen);
        }}
      >
        {!hasMark && <ChevronIcon />}
        {summary}
      </summary>
      {isOpen && <div class="rtw-folded">{children}</div>}
    </details>
  );
}
