// The used part of the packages that JupyterLab and Notebook 7 share with extensions. Their own types
// would install the whole of JupyterLab in node_modules.

declare module "@jupyterlab/application" {
  import type { CommandRegistry } from "@lumino/commands";
  import type { Token } from "@lumino/coreutils";
  import type { Widget } from "@lumino/widgets";

  export interface JupyterFrontEnd {
    readonly commands: CommandRegistry;
    /** Settled when the layout of the last session is restored. */
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
    // biome-ignore lint/suspicious/noExplicitAny: the type of a token's service is known only to its plugin
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
    /** Draws it, as required for the title of a widget. */
    readonly render: (container: HTMLElement) => void;
  }
}
