// Runs in tabs of JupyterLab's main area.

import type { ILayoutRestorer, JupyterFrontEnd } from "@jupyterlab/application";
import { MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import { Widget } from "@lumino/widgets";
import type { Source } from "../../feeds/feed.js";
import type { RunLinks } from "../../view/links.js";
import { mount } from "../../view/mount.js";
import { sprintIcon } from "./icon.js";

class RunView extends Widget {
  readonly sprintId: string;
  readonly #unmount: () => void;

  constructor(source: Source, sprintId: string, links: RunLinks) {
    super();
    this.sprintId = sprintId;
    this.#unmount = mount(this.node, source, { sprintId, fills: true, links });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#unmount();
    super.dispose();
  }
}

export class RunTabs {
  readonly #shell: JupyterFrontEnd["shell"];
  readonly #source: Source;
  readonly #links: RunLinks;
  readonly #tracker = new WidgetTracker<MainAreaWidget<RunView>>({ namespace: "realtime-widgets" });

  /** `links` lead from a tab to other runs. */
  constructor(shell: JupyterFrontEnd["shell"], source: Source, links: RunLinks) {
    this.#shell = shell;
    this.#source = source;
    this.#links = links;
  }

  /** Show a run in its tab, or in a new one. */
  open(sprintId: string): void {
    const tab =
      this.#tracker.find(({ content }) => content.sprintId === sprintId) ?? this.#add(sprintId);
    this.#shell.activateById(tab.id);
  }

  /** Restore the tabs of the last session; `command` opens a run. */
  restore(restorer: ILayoutRestorer, command: string): void {
    void restorer.restore(this.#tracker, {
      command,
      args: ({ content }) => ({ sprintId: content.sprintId }),
      name: ({ content }) => content.sprintId,
    });
  }

  #add(sprintId: string): Widget {
    const tab = new MainAreaWidget({ content: new RunView(this.#source, sprintId, this.#links) });
    tab.id = `realtime-widgets-run-${sprintId}`;
    tab.title.label = sprintId;
    tab.title.caption = `Run ${sprintId}`;
    tab.title.icon = sprintIcon;
    tab.title.closable = true;
    // The toolbar is empty, and would be a line across the tab.
    tab.toolbar.hide();
    this.#shell.add(tab, "main");
    void this.#tracker.add(tab);
    return tab;
  }
}
