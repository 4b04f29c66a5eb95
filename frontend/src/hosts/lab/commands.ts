// The commands of the plugin, with their texts.

import type { CommandRegistry } from "@lumino/commands";
import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";

export const Command = {
  SHOW_PANEL: "realtime-widgets:show-panel",
  OPEN: "realtime-widgets:open",
  OPEN_OF_NOTEBOOK: "realtime-widgets:open-run-of-notebook",
  OPEN_PAGE: "realtime-widgets:open-page",
} as const;

type CommandId = (typeof Command)[keyof typeof Command];

const TEXTS: Record<CommandId, { label: string; caption: string }> = {
  [Command.SHOW_PANEL]: {
    label: "Runs: Show the Panel",
    caption: "Show the list of runs beside the notebook",
  },
  [Command.OPEN]: { label: "Runs: Open a Run…", caption: "Show a run in a separate tab" },
  [Command.OPEN_OF_NOTEBOOK]: {
    label: "Runs: Show the Run of This Notebook",
    caption: "Show the active or the newest run that was published from this notebook",
  },
  [Command.OPEN_PAGE]: {
    label: "Runs: Open the Page",
    caption: "Show the list of runs in a separate browser tab",
  },
};

interface Action {
  execute: (args: ReadonlyPartialJSONObject) => unknown;
  isEnabled?: () => boolean;
}

export function addCommands(commands: CommandRegistry, actions: Record<CommandId, Action>): void {
  for (const id of Object.values(Command)) {
    commands.addCommand(id, { ...TEXTS[id], ...actions[id] });
  }
}
