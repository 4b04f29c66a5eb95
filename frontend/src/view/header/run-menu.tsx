// The menu of a run: links to it, its details, and how its parts are placed.

import type { JSX } from "preact";
import { attemptsOf } from "../../model/subjects.js";
import { copyText } from "../../ui/clipboard.js";
import { Menu, type MenuGroup, type MenuItem } from "../../ui/menu.js";
import type { RunLinks } from "../links.js";

interface RunMenuProps {
  sprintId: string;
  links: RunLinks | undefined;
  /** Whether one tab is shown, and what changes it; null where there is no room for two. */
  isSingle: boolean;
  setSingle: ((isSingle: boolean) => void) | null;
  /** Whether the details are shown; null where there are none. */
  details: boolean | null;
  /** The attempts before the newest one. */
  past: readonly { attempt: number }[];
  setDetails: (isOpen: boolean) => void;
}

export function RunMenu(props: RunMenuProps): JSX.Element | null {
  const { isSingle, setSingle, details, setDetails } = props;
  const placed: MenuItem[] = setSingle
    ? [
        {
          label: "Two tabs side by side",
          isChecked: !isSingle,
          onSelect: () => setSingle(!isSingle),
        },
      ]
    : [];
  if (details !== null) {
    placed.unshift({
      label: "Details",
      isChecked: details,
      onSelect: () => setDetails(!details),
    });
  }
  const groups: MenuGroup[] = [{ items: linked(props) }, { items: placed }];
  const filled = groups.filter(({ items }) => items.length > 0);
  return filled.length > 0 ? <Menu label="More of the run" groups={filled} /> : null;
}

function linked({ sprintId, links, past }: RunMenuProps): MenuItem[] {
  if (!links) return [];
  const address = links.href(sprintId);
  const isHere = address === location.origin + location.pathname;
  const open = () => window.open(address, "_blank", "noopener");
  const attempts = links.compareHref?.(attemptsOf(sprintId, past)) ?? "";
  const compare = () => window.open(attempts, "_blank", "noopener");
  const all = () =>
    links.open ? links.open(null) : window.open(links.href(null), "_blank", "noopener");
  return [
    ...(isHere ? [] : [{ label: "Open on a separate page", onSelect: open }]),
    { label: "Copy the link", onSelect: () => void copyText(address) },
    ...(past.length > 0 && attempts ? [{ label: "Compare attempts", onSelect: compare }] : []),
    { label: "All runs", onSelect: () => void all() },
  ];
}
