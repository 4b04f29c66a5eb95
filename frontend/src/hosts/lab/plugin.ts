// The JupyterLab plugin: the side panel, runs in tabs, and commands for both.

import "../../runs/runs.css";
import "./lab.css";
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin,
} from "@jupyterlab/application";
import { ICommandPalette, InputDialog } from "@jupyterlab/apputils";
import type { CommandRegistry } from "@lumino/commands";
import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";
import { ServerSource } from "../../feeds/server-source.js";
import { RunsSource } from "../../runs/source.js";
import { findServer } from "../../server/address.js";
import { linksToPages } from "../addresses.js";
import { RunsPanel } from "./panel.js";
import { RunTabs } from "./tabs.js";

const CATEGORY = "Runs";
const RANK = 900;

const Command = {
  SHOW_PANEL: "realtime-widgets:show-panel",
  OPEN: "realtime-widgets:open",
  OPEN_PAGE: "realtime-widgets:open-page",
} as const;

type CommandId = (typeof Command)[keyof typeof Command];

const COMMAND_TEXTS: Record<CommandId, { label: string; caption: string }> = {
  [Command.SHOW_PANEL]: {
    label: "Runs: Show the Panel",
    caption: "Show the list of runs beside the notebook",
  },
  [Command.OPEN]: { label: "Runs: Open a Run…", caption: "Show a run in a separate tab" },
  [Command.OPEN_PAGE]: {
    label: "Runs: Open the Page",
    caption: "Show the list of runs in a separate browser tab",
  },
};

function activate(
  app: JupyterFrontEnd,
  palette: ICommandPalette | null,
  labShell: ILabShell | null,
  restorer: ILayoutRestorer | null,
): void {
  const server = findServer(document, location.href);
  if (!server) return;
  const { commands, shell } = app;

  const pages = linksToPages(server);
  const tabs = new RunTabs(shell, new ServerSource(server), {
    ...pages,
    open: (sprintId) => {
      if (sprintId === null) shell.activateById(panel.id);
      else tabs.open(sprintId);
    },
  });
  const openPage = (sprintId: string | null) => {
    window.open(pages.href(sprintId), "_blank", "noopener");
  };
  // Notebook 7 has no tabs: there a run is opened as a page.
  const open = (sprintId: string) => (labShell ? tabs.open(sprintId) : openPage(sprintId));

  const runs = new RunsSource(server);
  const panel = new RunsPanel(runs, {
    // Restored tabs would cover a tab that was opened before them.
    open: (sprintId) => void app.restored.then(() => open(sprintId)),
    href: pages.href,
    openNotebook: (path) => void commands.execute("docmanager:open", { path }),
  });
  shell.add(panel, "left", { rank: RANK });

  addCommands(commands, {
    [Command.SHOW_PANEL]: () => shell.activateById(panel.id),
    [Command.OPEN]: async ({ sprintId }) => {
      const chosen = typeof sprintId === "string" ? sprintId : await choose(runs);
      if (chosen) open(chosen);
    },
    [Command.OPEN_PAGE]: () => openPage(null),
  });
  for (const command of Object.values(Command)) palette?.addItem({ command, category: CATEGORY });

  if (!restorer) return;
  restorer.add(panel, panel.id);
  tabs.restore(restorer, Command.OPEN);
}

type Execute = (args: ReadonlyPartialJSONObject) => unknown;

function addCommands(commands: CommandRegistry, execute: Record<CommandId, Execute>): void {
  for (const id of Object.values(Command)) {
    commands.addCommand(id, { ...COMMAND_TEXTS[id], execute: execute[id] });
  }
}

async function choose(runs: RunsSource): Promise<string | null> {
  const { value } = await InputDialog.getItem({
    title: "Open a Run",
    label: "Its name",
    items: runs.ids,
    editable: true,
    okLabel: "Open",
  });
  return value;
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "realtime-widgets:panel",
  description: "Lists the runs of this server beside the notebook, and shows them in tabs.",
  autoStart: true,
  optional: [ICommandPalette, ILabShell, ILayoutRestorer],
  activate,
};

export default plugin;
