// One quiet line below the run: what the link that it comes over cannot do.

import type { JSX } from "preact";

export function Limits({ words }: { words: string }): JSX.Element {
  return (
    <p class="rtw-limits" role="note">
      {words}
    </p>
  );
}
