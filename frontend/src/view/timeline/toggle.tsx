// The button of a row that folds the rows below it.

import type { ComponentChildren, JSX } from "preact";
import { useContext } from "preact/hooks";
import { ChevronIcon } from "../../ui/icons.js";
import { FoldsContext } from "./fold.js";
import { PARTS } from "./rows.js";

interface ToggleProps {
  isOpen: boolean;
  children: ComponentChildren;
}

export function Toggle({ isOpen, children }: ToggleProps): JSX.Element {
  const folds = useContext(FoldsContext);
  return (
    <button
      type="button"
      class="rtw-toggle"
      aria-expanded={isOpen}
      onClick={() => folds.set(PARTS, !isOpen)}
    >
      <ChevronIcon />
      {children}
    </button>
  );
}
