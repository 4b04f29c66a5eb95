// `/` and Ctrl+F focus the search field of the log.

import type { RefObject, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** The handler of keys in a view; `showLog` shows the log where it has no search field yet. */
export function useFindKeys(
  view: RefObject<HTMLElement | null>,
  showLog: () => void,
): (event: TargetedKeyboardEvent<HTMLElement>) => void {
  const isWaiting = useRef(false);
  const focus = () => {
    const field = view.current?.querySelector<HTMLInputElement>(".rtw-find");
    if (!field || field.closest("[hidden]")) return false;
    field.focus();
    field.select();
    return true;
  };
  useLayoutEffect(() => {
    if (isWaiting.current && focus()) isWaiting.current = false;
  });
  return (event) => {
    const { key, target } = event;
    const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
    const isSlash = key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey;
    const isFind = key === "f" && (event.ctrlKey || event.metaKey) && !event.altKey;
    if (!(isSlash || isFind) || !view.current?.querySelector(".rtw-log, .rtw-tab")) return;
    event.preventDefault();
    event.stopPropagation();
    if (focus()) return;
    isWaiting.current = true;
    showLog();
  };
}
