// What is missing of a text, and why something failed.

import type { ComponentChildren, JSX } from "preact";
import type { TimelineNode } from "../../model/timeline/node.js";
import { MAX_TEXT } from "../../model/timeline/node-store.js";
import { formatNumber } from "../../ui/format.js";

export function Cut({ node }: { node: TimelineNode }): JSX.Element | null {
  if (!node.isKept) return <p class="rtw-aside">text not kept in this view</p>;
  if (!node.isCut) return null;
  return <p class="rtw-aside">cut after {formatNumber(MAX_TEXT)} characters</p>;
}

export function Failure({ children }: { children: ComponentChildren }): JSX.Element {
  return <div class="rtw-text rtw-failure">{children}</div>;
}
