// The tags of a run.

import type { JSX } from "preact";
import { Name } from "./text.js";

export function Tags({ tags }: { tags: readonly string[] }): JSX.Element | null {
  if (tags.length === 0) return null;
  return (
    <ul class="rtw-tags" aria-label="Tags">
      {tags.map((tag) => (
        <li key={tag} class="rtw-tag">
          <Name text={tag} />
        </li>
      ))}
    </ul>
  );
}
