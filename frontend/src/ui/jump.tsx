// A button that scrolls to the end.

import type { ComponentChildren, JSX } from "preact";
import { ArrowDownIcon } from "./icons.js";

export function JumpButton(props: {
  onClick: () => void;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <button type="button" class="rtw-jump" onClick={props.onClick}>
      <ArrowDownIcon />
      {props.children}
    </button>
  );
}
