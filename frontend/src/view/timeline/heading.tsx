// The heading above the rows of one speaker: square, name, role and time.

import type { JSX } from "preact";
import { formatClock } from "../../model/remarks.js";
import { Name } from "../../ui/text.js";
import { roleClass } from "./message.js";
import type { Speaker } from "./speaker.js";
import { Square } from "./square.js";

interface HeadingProps {
  speaker: Speaker;
  /** When the first row began, in milliseconds since 1970. */
  time: number | null;
}

export function Heading({ speaker: { name, to, role, isUser }, time }: HeadingProps): JSX.Element {
  return (
    <div class="rtw-agent">
      <Square name={name} isUser={isUser} />
      <span class="rtw-agent-name">
        <Name text={name} />
      </span>
      {to !== "" && (
        <span class="rtw-agent-to">
          to <Name text={to} />
        </span>
      )}
      {role !== "" && (
        <span class={`rtw-role ${roleClass(role)}`}>
          <Name text={role} />
        </span>
      )}
      {time !== null && <span class="rtw-time">{formatClock(time)}</span>}
    </div>
  );
}
