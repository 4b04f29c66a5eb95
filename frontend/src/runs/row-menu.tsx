// The menu of a run in the list.

import type { JSX } from "preact";
import { copyText } from "../ui/clipboard.js";
import { Menu, type MenuItem } from "../ui/menu.js";
import { shownText } from "../ui/text.js";
import type { RunsHost } from "./host.js";

interface RowMenuProps {
  sprintId: string;
  host: RunsHost;
  /** The path of its notebook where it can be opened, else null. */
  notebook: string | null;
  /** Stops it, after a confirmation; null where it cannot be stopped. */
  onStop: (() => void) | null;
  onDelete: () => void;
}

export function RowMenu({ sprintId, host, notebook, onStop, onDelete }: RowMenuProps): JSX.Element {
  const links = [
    { label: "Open", onSelect: () => host.open(sprintId) },
    ...linkItems(host.href?.(sprintId)),
    ...notebookItems(notebook, host),
  ];
  const ends = [
    ...(onStop ? [{ label: "Stop…", onSelect: onStop }] : []),
    { label: "Delete…", onSelect: onDelete },
  ];
  return (
    <span class="rtw-run-menu">
      <Menu label={`More of ${sprintId}`} groups={[{ items: links }, { items: ends }]} />
    </span>
  );
}

function linkItems(href: string | undefined): MenuItem[] {
  if (href === undefined) return [];
  return [
    { label: "Open in a new tab", onSelect: () => window.open(href, "_blank", "noopener") },
    { label: "Copy the link", onSelect: () => void copyText(href) },
  ];
}

function notebookItems(path: string | null, host: RunsHost): MenuItem[] {
  if (path === null) return [];
  const label = `Go to ${shownText(path.slice(path.lastIndexOf("/") + 1))}`;
  const href = host.notebookHref?.(path);
  if (href !== undefined) return [{ label, onSelect: () => location.assign(href) }];
  const { openNotebook } = host;
  return openNotebook ? [{ label, onSelect: () => openNotebook(path) }] : [];
}
