// Going from one error or warning of the log to the next.

import { useState } from "preact/hooks";
import type { SevereEvents, Severity } from "../../model/severe-events.js";

export interface SeverityPlace {
  severity: Severity;
  seq: number;
  /** The first line of the event. */
  part: 0;
}

export interface SeverityJump {
  /** Where the reader was taken; another object each time. */
  place: SeverityPlace | null;
  /** Go to the first error or warning, then to the next (1) or the one before (-1), in a circle. */
  go: (severity: Severity, step: 1 | -1) => void;
  /** The reader went elsewhere by another way. */
  leave: () => void;
}

export function useSeverityJump(
  severe: SevereEvents,
  onJump: (severity: Severity) => void,
): SeverityJump {
  const [place, setPlace] = useState<SeverityPlace | null>(null);
  return {
    place,
    go: (severity, step) => {
      const seq = nextOf(
        severe.seqs(severity),
        place?.severity === severity ? place.seq : null,
        step,
      );
      if (seq === null) return;
      onJump(severity);
      setPlace({ severity, seq, part: 0 });
    },
    leave: () => setPlace(null),
  };
}

/** The number after or before one of them; without one the first, or the last. */
export function nextOf(seqs: readonly number[], seq: number | null, step: 1 | -1): number | null {
  if (seq === null) return seqs.at(step > 0 ? 0 : -1) ?? null;
  const next = step > 0 ? seqs.find((each) => each > seq) : seqs.findLast((each) => each < seq);
  return next ?? nextOf(seqs, null, step);
}
