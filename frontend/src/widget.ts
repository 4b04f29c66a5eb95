// The anywidget entry: a thin host around `mount`.

import "./ui/styles.css";
import { mount, type ViewState } from "./mount.js";
import { findServer, ServerSource } from "./server.js";
import { NO_SERVER } from "./source.js";

/** The traits that are synced. None of them holds an address, a token or a line of the log. */
interface Traits {
  sprint_id: string;
  height: string;
  status: string;
  connection: string;
  last_seq: number;
}

/** What this file uses of anywidget's model. */
export interface Model {
  get<Name extends keyof Traits>(name: Name): Traits[Name];
  set<Name extends keyof Traits>(name: Name, value: Traits[Name]): void;
  save_changes(): void;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
}

/** Each report is a message to the kernel, which may be busy. */
const REPORT_EVERY = 250;

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const server = findServer(document, location.href);
  const source = server ? new ServerSource(server) : NO_SERVER;
  const reporter = new Reporter(model);
  const show = () =>
    mount(el, source, {
      sprintId: model.get("sprint_id"),
      maxHeight: model.get("height"),
      onChange: (state) => reporter.report(state),
    });
  let unmount = show();
  const remount = () => {
    unmount();
    unmount = show();
  };
  model.on("change:sprint_id", remount);
  model.on("change:height", remount);
  return () => {
    model.off("change:sprint_id", remount);
    model.off("change:height", remount);
    reporter.close();
    unmount();
  };
}

/** Writes what the view shows into the model, now and then. */
class Reporter {
  readonly #model: Model;
  #latest: ViewState | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: Model) {
    this.#model = model;
  }

  report(state: ViewState): void {
    this.#latest = state;
    this.#timer ??= setTimeout(() => this.#write(), REPORT_EVERY);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #write(): void {
    this.#timer = undefined;
    if (this.#latest === null) return;
    const { status, connection, lastSeq } = this.#latest;
    const isSame =
      this.#model.get("status") === status &&
      this.#model.get("connection") === connection &&
      this.#model.get("last_seq") === lastSeq;
    if (isSame) return;
    this.#model.set("status", status);
    this.#model.set("connection", connection);
    this.#model.set("last_seq", lastSeq);
    this.#model.save_changes();
  }
}

export default { render };
