// The menu of the log: how it is shown, going to errors, and saving it.

import type { JSX } from "preact";
import type { LogFormat } from "../../feeds/feed.js";
import type { LogLine } from "../../model/log-line.js";
import type { SevereEvents } from "../../model/severe-events.js";
import { Menu, type MenuGroup } from "../../ui/menu.js";
import { download } from "./download.js";
import type { FullScreen } from "./full-screen.js";
import type { LogSettings } from "./log-settings.js";
import { TIME_CHOICES, TIME_WORDS } from "./log-times.js";
import type { SeverityJump } from "./use-severity-jump.js";

interface LogMenuProps {
  sprintId: string;
  settings: LogSettings;
  jump: SeverityJump;
  severe: SevereEvents;
  fullScreen: FullScreen;
  fileUrl: ((format: LogFormat) => string) | null;
  /** The lines that are loaded. */
  lines: () => readonly LogLine[];
}

export function LogMenu(props: LogMenuProps): JSX.Element {
  const groups = [shownAs(props), times(props), errors(props), files(props)];
  return <Menu label="More of the log" groups={groups.filter(({ items }) => items.length > 0)} />;
}

function shownAs({ settings, fullScreen }: LogMenuProps): MenuGroup {
  const { isWrapped, setWrapped } = settings;
  const { isFull, toggle } = fullScreen;
  return {
    items: [
      { label: "Wrap long lines", isChecked: isWrapped, onSelect: () => setWrapped(!isWrapped) },
      { label: "Full screen", isChecked: isFull, onSelect: toggle },
    ],
  };
}

function times({ settings }: LogMenuProps): MenuGroup {
  return {
    title: "Times",
    items: TIME_CHOICES.map((choice) => ({
      label: TIME_WORDS[choice],
      isChecked: settings.times === choice,
      onSelect: () => settings.setTimes(choice),
    })),
  };
}

function errors({ jump, severe }: LogMenuProps): MenuGroup {
  if (severe.count("error") === 0) return { items: [] };
  return {
    items: [
      { label: "Next error", hint: "E", onSelect: () => jump.go("error", 1) },
      { label: "Previous error", hint: "Shift+E", onSelect: () => jump.go("error", -1) },
    ],
  };
}

function files({ sprintId, fileUrl, lines }: LogMenuProps): MenuGroup {
  const save = (format: LogFormat) => () =>
    download({ sprintId, format, url: fileUrl?.(format) ?? null, lines });
  const what = fileUrl ? "Download" : "Download the loaded lines";
  return {
    items: [
      { label: `${what} as text`, onSelect: save("text") },
      { label: `${what} as NDJSON`, onSelect: save("ndjson") },
    ],
  };
}
