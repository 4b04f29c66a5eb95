// The anywidget entry: mounts the view of a run for each view of the widget.

import "../../model/agents/loaded.js";
import "../../view/styles.css";
import { type Comm, sendSafely } from "../../feeds/comm.js";
import { CommSource } from "../../feeds/comm-source.js";
import { FallbackSource } from "../../feeds/fallback.js";
import type { Source } from "../../feeds/feed.js";
import { OWN_SERVER } from "../../feeds/own-server.js";
import { ServerSource } from "../../feeds/server-source.js";
import { NO_SERVER } from "../../feeds/static-feed.js";
import { findServer, type ServerAddress } from "../../server/address.js";
import { pageSingleton } from "../../server/page-singleton.js";
import { mount, type ViewState } from "../../view/mount.js";
import { linksToPages } from "../addresses.js";
import { SnapshotToggle } from "./snapshot-toggle.js";

/** The synced traits. None of them contains a URL, a token or a line of the log. */
interface Traits {
  /** Random, the same in all views of the widget. */
  key: string;
  sprint_id: string;
  height: string;
  /** Where the run is stored: on this page's server if it has one, on another, or in the kernel. */
  link: "server" | "remote" | "kernel";
  status: string;
  connection: string;
  last_seq: number;
}

/** What is used of anywidget's model. */
export interface Model extends Comm {
  get<Name extends keyof Traits>(name: Name): Traits[Name];
  set<Name extends keyof Traits>(name: Name, value: Traits[Name]): void;
  save_changes(): void;
}

/** Milliseconds between reports: each is a message to the kernel, which may be busy. */
const REPORT_EVERY = 250;

/** Makes a flex container, such as HBox, share its width among views; see hosts.css. */
const HOST_CLASS = "rtw-host";

/**
 * The sources of this page's widgets by their keys: one for all views of a widget.
 *
 * A host may load this module once for each widget, and pass each view a separate model object,
 * whose listeners are removed with the view. So the source is neither in the module nor in the model.
 */
function sourcesOfPage(): Map<string, Source> {
  return pageSingleton("widgets.v1", () => new Map());
}

/** The server from which this page reads the run directly, null where the kernel relays it. */
function serverOf(model: Model): ServerAddress | null {
  return model.get("link") === "server" ? findServer(document, location.href) : null;
}

function makeSource(model: Model): Source {
  const link = model.get("link");
  if (!link) return NO_SERVER;
  const comm = new CommSource(model, link === "kernel" ? "kernel" : "server");
  const server = serverOf(model);
  if (server === null) return comm;
  // Once the page reads the run directly, the kernel can stop relaying it.
  return new FallbackSource(new ServerSource(server, OWN_SERVER), comm, () =>
    sendSafely(model, { gone: true }),
  );
}

/** The kernel may send before there is a view, so the source subscribes now, for the linger time. */
function initialize({ model }: { model: Model }): () => void {
  const key = model.get("key");
  const source = makeSource(model);
  sourcesOfPage().set(key, source);
  if (source instanceof CommSource) source.watch(model.get("sprint_id"), () => {}).close();
  return () => sourcesOfPage().delete(key);
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const source = sourcesOfPage().get(model.get("key")) ?? makeSource(model);
  const reporter = new Reporter(model);
  const server = serverOf(model);
  el.classList.add(HOST_CLASS);
  const unbind = bindTraits(model, ["sprint_id", "height"], () => {
    const sprintId = model.get("sprint_id");
    const toggle = new SnapshotToggle(el, sprintId);
    const unmount = mount(el, source, {
      sprintId,
      maxHeight: model.get("height"),
      links: server ? linksToPages(server) : undefined,
      onChange: (state) => {
        if (state.connection === "connected" || state.connection === "catching_up")
          toggle.showView();
        reporter.report(state);
      },
    });
    return () => {
      unmount();
      toggle.close();
    };
  });
  return () => {
    unbind();
    el.classList.remove(HOST_CLASS);
    reporter.close();
  };
}

/** Call `start` now and after each change of a trait; it returns the function that undoes it. */
function bindTraits(model: Model, traits: string[], start: () => () => void): () => void {
  let stop = start();
  const restart = () => {
    stop();
    stop = start();
  };
  for (const trait of traits) model.on(`change:${trait}`, restart);
  return () => {
    for (const trait of traits) model.off(`change:${trait}`, restart);
    stop();
  };
}

/** Writes the state of the view into the model, at most once in an interval. */
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

export default { initialize, render };
