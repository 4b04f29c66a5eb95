// The JupyterLab plugin: the side panel, runs in tabs, the item of the status bar, commands, settings.

import "../../runs/runs.css";
import "./lab.css";
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin,
} from "@jupyterlab/application";
import { ICommandPalette, InputDialog, Notification } from "@jupyterlab/apputils";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { IStatusBar } from "@jupyterlab/statusbar";
import { OWN_SERVER } from "../../feeds/own-server.js";
import { ServerSource } from "../../feeds/server-source.js";
import { giveNotices } from "../../runs/notices/notices.js";
import { soundNotices, systemNotices } from "../../runs/notices/outlets.js";
import { RunsSource } from "../../runs/source.js";
import { findServer, type ServerAddress } from "../../server/address.js";
import { linksToPages } from "../addresses.js";
import { addCommands, Command } from "./commands.js";
import { labNotices } from "./lab-notices.js";
import { notebookIn, runOf } from "./notebook-run.js";
import { RunsPanel } from "./panel.js";
import { followSettings } from "./settings.js";
import { addStatusItem, RunsStatus } from "./status-item.js";
import { RunTabs } from "./tabs.js";

const ID = "realtime-widgets:panel";
const CATEGORY = "Runs";
const RANK = 900;

function activate(
  app: JupyterFrontEnd,
  palette: ICommandPalette | null,
  labShell: ILabShell | null,
  restorer: ILayoutRestorer | null,
  statusBar: IStatusBar | null,
  settings: ISettingRegistry | null,
): void {
  const server = findServer(document, location.href);
  if (!server) return;
  const { panel, tabs, runs } = addRuns(app, server, labShell !== null);
  for (const command of Object.values(Command)) palette?.addItem({ command, category: CATEGORY });
  if (statusBar) addStatusItem(statusBar, new RunsStatus(runs, () => showPanel(app, panel)));
  // Without the schema, as where only the script was copied, views have their own defaults.
  if (settings) followSettings(settings, ID).catch(() => undefined);
  if (!restorer) return;
  restorer.add(panel, panel.id);
  tabs.restore(restorer, Command.OPEN);
}

/** Add the panel and the commands; `hasTabs` is false in Notebook 7, where a run is a page. */
function addRuns(app: JupyterFrontEnd, server: ServerAddress, hasTabs: boolean) {
  const { commands, shell } = app;
  const pages = linksToPages(server);
  const tabs = new RunTabs(shell, new ServerSource(server, OWN_SERVER), {
    ...pages,
    open: (sprintId) => (sprintId === null ? showPanel(app, panel) : tabs.open(sprintId)),
  });
  const openPage = (sprintId: string | null) => {
    window.open(pages.href(sprintId), "_blank", "noopener");
  };
  const open = (sprintId: string) => (hasTabs ? tabs.open(sprintId) : openPage(sprintId));

  const runs = new RunsSource(server);
  const panel = new RunsPanel(runs, {
    // Restored tabs would cover a tab that was opened before them.
    open: (sprintId) => void app.restored.then(() => open(sprintId)),
    href: pages.href,
    compare: (ids) => void window.open(pages.compareHref?.(ids), "_blank", "noopener"),
    openNotebook: (path) => void commands.execute("docmanager:open", { path }),
  });
  shell.add(panel, "left", { rank: RANK });
  const inLab = labNotices(open, (...notice) => Notification.emit(...notice));
  giveNotices(runs, { outlets: [inLab, systemNotices(open), soundNotices()] });

  addCommands(commands, {
    [Command.SHOW_PANEL]: { execute: () => showPanel(app, panel) },
    [Command.OPEN]: {
      execute: async ({ sprintId }) => {
        const chosen = typeof sprintId === "string" ? sprintId : await choose(runs);
        if (chosen) open(chosen);
      },
    },
    [Command.OPEN_OF_NOTEBOOK]: {
      execute: () => openRunOf(notebookIn(shell.currentWidget), runs, open),
      isEnabled: () => notebookIn(shell.currentWidget) !== null,
    },
    [Command.OPEN_PAGE]: { execute: () => openPage(null) },
  });
  return { panel, tabs, runs };
}

function showPanel({ shell }: JupyterFrontEnd, panel: RunsPanel): void {
  shell.activateById(panel.id);
}

function openRunOf(
  notebook: string | null,
  runs: RunsSource,
  open: (sprintId: string) => void,
): void {
  if (notebook === null) return;
  const run = runOf(notebook, runs);
  if (run) open(run.sprint_id);
  else Notification.info(`No run was published from ${notebook} yet.`);
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
  id: ID,
  description: "Lists the runs of this server beside the notebook, and shows them in tabs.",
  autoStart: true,
  optional: [ICommandPalette, ILabShell, ILayoutRestorer, IStatusBar, ISettingRegistry],
  activate,
};

export default plugin;
