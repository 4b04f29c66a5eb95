// A progress bar; without a known share it is striped.

import type { JSX } from "preact";

interface BarProps {
  /** What makes progress. */
  label: string;
  /** From 0 to 1; null where it is not known. */
  share: number | null;
  /** Whether nothing is known of a share that there will be. */
  isUnknown: boolean;
  /** The progress in words, where the share alone is not enough. */
  words?: string;
}

export function Bar({ label, share, isUnknown, words }: BarProps): JSX.Element {
  return (
    <span
      class={isUnknown ? "rtw-bar rtw-bar-unknown" : "rtw-bar"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(share !== null && { "aria-valuenow": Math.round(share * 100) })}
      aria-valuetext={words}
    >
      <span
        class="rtw-bar-fill"
        style={isUnknown ? {} : { inlineSize: `${(share ?? 0) * 100}%` }}
      />
    </span>
  );
}
