// What this folder uses of the packages that JupyterLab and Notebook 7 share with extensions.
// Their own types would bring the whole of JupyterLab into node_modules.

declare module "@jupyterlab/application" {
  import type { CommandRegistry } from "@lumino/commands";
  import type { Token } from "@lumino/coreutils";
  import type { Widget } from "@lumino/widgets";

  export interface JupyterFrontEnd {
    readonly commands: CommandRegistry;
    /** Settled when the layout of the last visit is back. */
    readonly restored: Promise<unknown>;
    readonly shell: {
      add(widget: Widget, area: "left" | "main", options?: { rank?: number }): void;
      activateById(id: string): void;
    };
  }

  export interface JupyterFrontEndPlugin {
    id: string;
    description: string;
    autoStart: boolean;
    optional: Token<unknown>[];
    // biome-ignore lint/suspicious/noExplicitAny: what a token gives is known only to its plugin
    activate(app: JupyterFrontEnd, ...services: any[]): void;
  }

  export interface ILabShell {
    readonly currentWidget: Widget | null;
  }
  export const ILabShell: Token<ILabShell>;

  export interface ILayoutRestorer {
    add(widget: Widget, name: string): void;
    restore<Kind extends Widget>(
      tracker: import("@jupyterlab/apputils").WidgetTracker<Kind>,
      options: {
        command: string;
        args(widget: Kind): import("@lumino/coreutils").ReadonlyPartialJSONObject;
        name(widget: Kind): string;
      },
    ): Promise<unknown>;
  }
  export const ILayoutRestorer: Token<ILayoutRestorer>;
}

declare module "@jupyterlab/apputils" {
  import type { Token } from "@lumino/coreutils";
  import type { Widget } from "@lumino/widgets";

  export interface ICommandPalette {
    addItem(item: { command: string; category: string }): void;
  }
  export const ICommandPalette: Token<ICommandPalette>;

  export const InputDialog: {
    getItem(options: {
      title: string;
      label?: string;
      items: string[];
      editable?: boolean;
      placeholder?: string;
      okLabel?: string;
    }): Promise<{ value: string | null }>;
  };

  export class MainAreaWidget<Content extends Widget> extends Widget {
    constructor(options: { content: Content });
    readonly content: Content;
    readonly toolbar: Widget;
  }

  export class WidgetTracker<Kind extends Widget> {
    constructor(options: { namespace: string });
    add(widget: Kind): Promise<void>;
    find(test: (widget: Kind) => boolean): Kind | undefined;
  }
}

declare module "@jupyterlab/ui-components" {
  export class LabIcon {
    constructor(options: { name: string; svgstr: string });
    /** Draws it, as the title of a widget asks. */
    readonly render: (container: HTMLElement) => void;
  }
}
