// A square with the initial of an agent, in a colour that is the same for the same name.

import type { JSX } from "preact";
import { shownText } from "../../ui/text.js";
import { colourOf } from "./speaker.js";

export function Square({ name, isUser }: { name: string; isUser: boolean }): JSX.Element {
  const colour = isUser ? "user" : colourOf(name);
  return (
    <span class={`rtw-square rtw-square-${colour}`} aria-hidden>
      {initialOf(name)}
    </span>
  );
}

function initialOf(name: string): string {
  const [initial = "?"] = shownText(name.slice(0, 40)).match(/[\p{L}\p{N}]/u) ?? [];
  return initial.toUpperCase();
}
