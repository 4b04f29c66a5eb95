// The anywidget entry: a thin host around `mount`.

import "./ui/styles.css";
import { type Comm, CommSource } from "./comm.js";
import { mount, type ViewState } from "./mount.js";
import { findServer, ServerSource } from "./server.js";
import { NO_SERVER, type Source } from "./source.js";
import { Turns } from "./turns.js";

/** The traits that are synced. None of them holds an address, a token or a line of the log. */
interface Traits {
  sprint_id: string;
  height: string;
  /** Where the run is: on a server that this page may know as well, or in the kernel. */
  link: "server" | "kernel";
  status: string;
  connection: string;
  last_seq: number;
}

/** What this file uses of anywidget's model. */
export interface Model extends Comm {
  get<Name extends keyof Traits>(name: Name): Traits[Name];
  set<Name extends keyof Traits>(name: Name, value: Traits[Name]): void;
  save_changes(): void;
}

/** Each report is a message to the kernel, which may be busy. */
const REPORT_EVERY = 250;

/** One widget, in as many views as show it: anywidget calls this once for each model. */
function create() {
  let comm: CommSource | undefined;
  function sourceFor(model: Model): Source {
    const link = model.get("link");
    const server = findServer(document, location.href);
    if (link !== "kernel" && server) return new ServerSource(server);
    if (!link) return NO_SERVER;
    comm ??= new CommSource(model);
    return comm;
  }

  /** The kernel may speak before there is a view: listen, as after a view that has gone. */
  function initialize({ model }: { model: Model }): void {
    const source = sourceFor(model);
    if (source === comm) source.watch(model.get("sprint_id"), () => {}).close();
  }

  function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
    const source = sourceFor(model);
    const reporter = new Reporter(model);
    const stop = following(model, ["sprint_id", "height"], () => {
      const sprintId = model.get("sprint_id");
      const turns = source === comm ? new Turns(el, sprintId) : null;
      const unmount = mount(el, source, {
        sprintId,
        maxHeight: model.get("height"),
        onChange: (state) => {
          if (state.connection === "connected" || state.connection === "catching_up")
            turns?.begin();
          reporter.report(state);
        },
      });
      return () => {
        unmount();
        turns?.end();
      };
    });
    return () => {
      stop();
      reporter.close();
    };
  }

  return { initialize, render };
}

/** Do something with a model, and anew whenever one of these traits changes. */
function following(model: Model, traits: string[], start: () => () => void): () => void {
  let stop = start();
  const again = () => {
    stop();
    stop = start();
  };
  for (const trait of traits) model.on(`change:${trait}`, again);
  return () => {
    for (const trait of traits) model.off(`change:${trait}`, again);
    stop();
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

export default create;
