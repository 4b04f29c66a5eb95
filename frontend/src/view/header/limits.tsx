// The limits of the transport, behind a button in the header.

import type { JSX } from "preact";
import { InfoIcon } from "../../ui/icons.js";

interface LimitsButtonProps {
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}

export function LimitsButton({ isOpen, onToggle }: LimitsButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="rtw-button rtw-button-icon rtw-limits-button"
      title="About this view"
      aria-label="About this view"
      aria-expanded={isOpen}
      onClick={() => onToggle(!isOpen)}
    >
      <InfoIcon />
    </button>
  );
}

export function Limits({ words }: { words: string }): JSX.Element {
  return (
    <p class="rtw-limits" role="note">
      {words}
    </p>
  );
}
