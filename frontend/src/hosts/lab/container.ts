// The entry of the JupyterLab extension: a module federation container, as the page's loader wants
// it. It is so little that it is written by hand, in place of a second bundler that would make it.

import { load, type ShareScope } from "./share.js";

/** The extension's modules, and what each needs of the page before it can be run. */
const MODULES: Record<string, Module> = {
  // A page without panels, such as Voila's, shares nothing more than this.
  "./mimeExtension": { needs: ["@lumino/widgets"], run: () => import("./mime.js") },
  "./extension": {
    needs: [
      "@jupyterlab/application",
      "@jupyterlab/apputils",
      "@jupyterlab/ui-components",
      "@lumino/widgets",
    ],
    run: () => import("./plugin.js"),
  },
};

interface Module {
  needs: string[];
  run(): Promise<{ default: unknown }>;
}

let scope: ShareScope = {};

const container = {
  init(shareScope: ShareScope): void {
    scope = shareScope;
  },
  async get(name: string): Promise<() => unknown> {
    const module = MODULES[name];
    if (!module) throw new Error(`This extension has no module ${name}.`);
    await load(scope, module.needs);
    const { default: content } = await module.run();
    addStyles();
    return () => ({ __esModule: true, default: content });
  },
};

const STYLES_ID = "realtime-widgets-styles";

function addStyles(): void {
  if (document.getElementById(STYLES_ID)) return;
  const element = document.createElement("style");
  element.id = STYLES_ID;
  element.textContent = STYLES;
  document.head.append(element);
}

/** All style sheets of the bundle; the build puts them around it. */
declare const STYLES: string;

const page = globalThis as { _JUPYTERLAB?: Record<string, typeof container> };
page._JUPYTERLAB ??= {};
page._JUPYTERLAB["realtime-widgets"] = container;
