// The numbers of warnings and errors of the log; each is a button that goes from one to the next.

import type { JSX, TargetedKeyboardEvent } from "preact";
import type { SevereEvents, Severity } from "../../model/severe-events.js";
import { formatCount, formatNumber } from "../../ui/format.js";
import { ErrorIcon, WarningIcon } from "../../ui/icons.js";
import type { SeverityJump } from "./use-severity-jump.js";

const KEYS: Record<Severity, string> = { error: "E", warning: "W" };

interface SeverityButtonsProps {
  severe: SevereEvents;
  jump: SeverityJump;
}

export function SeverityButtons({ severe, jump }: SeverityButtonsProps): JSX.Element {
  return (
    <>
      {(["warning", "error"] as const)
        .filter((severity) => severe.count(severity) > 0)
        .map((severity) => (
          <button
            key={severity}
            type="button"
            class={`rtw-button rtw-severity rtw-severity-${severity}`}
            title={`${words(severe, severity, jump)} (${KEYS[severity]}; back: Shift+${KEYS[severity]})`}
            aria-label={words(severe, severity, jump)}
            aria-keyshortcuts={KEYS[severity]}
            onClick={(event) => jump.go(severity, event.shiftKey ? -1 : 1)}
          >
            {severity === "error" ? <ErrorIcon /> : <WarningIcon />}
            {isAt(jump, severity) && `${formatNumber(placeOf(severe, severity, jump))}/`}
            {formatNumber(severe.count(severity))}
          </button>
        ))}
    </>
  );
}

/** `E` and `W` go to the next error and warning, with Shift to the one before. */
export function jumpByKey(event: TargetedKeyboardEvent<HTMLElement>, jump: SeverityJump): void {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  if (isTyping || ctrlKey || metaKey || altKey) return;
  const severity = (["error", "warning"] as const).find((each) => KEYS[each] === key.toUpperCase());
  if (!severity) return;
  event.preventDefault();
  event.stopPropagation();
  jump.go(severity, event.shiftKey ? -1 : 1);
}

/** "2 errors, go to the first", "Error 1 of 2, go to the next". */
function words(severe: SevereEvents, severity: Severity, jump: SeverityJump): string {
  const count = severe.count(severity);
  if (!isAt(jump, severity)) return `${formatCount(count, severity)}, go to the first`;
  const name = severity === "error" ? "Error" : "Warning";
  const place = formatNumber(placeOf(severe, severity, jump));
  return `${name} ${place} of ${formatNumber(count)}, go to the next`;
}

function isAt({ place }: SeverityJump, severity: Severity): boolean {
  return place?.severity === severity;
}

function placeOf(severe: SevereEvents, severity: Severity, { place }: SeverityJump): number {
  const seqs = severe.seqs(severity);
  return severe.count(severity) - seqs.length + seqs.indexOf(place?.seq ?? 0) + 1;
}
