// The MIME renderers: show a run, or several side by side, live in a cell's output, without a widget.

import "../../view/styles.css";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { CommSource } from "../../feeds/comm-source.js";
import type { Source } from "../../feeds/feed.js";
import { findServer } from "../../server/address.js";
import { shownText } from "../../ui/text.js";
import type { RunLinks } from "../../view/links.js";
import { mount } from "../../view/mount.js";
import { linksToPages } from "../addresses.js";
import { isSame, MIME, type RunInOutput, readBundle, readSnapshot } from "./bundle.js";
import { COMPARISON_MIME, ComparisonRenderer } from "./comparison-mime.js";
import { sourceFor } from "./source-for.js";
import { commBesideCell } from "./subshell-comm.js";

/** Before the widget manager's -10, so that this renderer is preferred for an output with both. */
const RANK = -20;

/** The class of the snapshot that a widget hides. */
const SNAPSHOT = "realtime-widgets-snapshot";

/** The class of an output that shows the run in place of its widget (lab.css). */
const WITHOUT_WIDGET = "rtw-without-widget";

export class SprintRenderer extends Widget implements IRenderMime.IRenderer {
  readonly #sanitizer: IRenderMime.ISanitizer;
  readonly #snapshot = document.createElement("div");
  #current: RunInOutput | null = null;
  /** The run for which a comm was looked for. */
  #looked: RunInOutput | null = null;
  #unmount: () => void = () => undefined;

  constructor({ sanitizer }: Pick<IRenderMime.IRendererOptions, "sanitizer">) {
    super();
    this.#sanitizer = sanitizer;
  }

  /** Called again whenever the output changes, as with each new snapshot. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const request = readBundle(model);
    this.#setSnapshot(model, request);
    if (this.#current && isSame(this.#current, request)) return;
    this.#unmount();
    this.#current = request;
    if (request.comm?.storage === "kernel") this.#showSaved();
    else this.#showFromServer(request);
    this.node.classList.remove(WITHOUT_WIDGET);
    // By these, the widget hides this output when it shows the run.
    this.node.classList.toggle(SNAPSHOT, request.comm !== null);
    if (request.comm) this.node.dataset["sprint"] = request.sprintId;
    else delete this.node.dataset["sprint"];
    if (this.isAttached) void this.#showWithoutWidget();
  }

  protected override onAfterAttach(): void {
    void this.#showWithoutWidget();
  }

  #showSaved(): void {
    this.node.append(this.#snapshot);
    this.#unmount = () => this.#snapshot.remove();
  }

  #showFromServer(request: RunInOutput): void {
    const server = findServer(document, location.href);
    const links = server ? linksToPages(server) : undefined;
    this.#mount(sourceFor(request.isTrusted, server), request, links);
  }

  /** Follow the run over the comm of a widget that JupyterLab cannot restore yet. */
  async #showWithoutWidget(): Promise<void> {
    const request = this.#current;
    if (!request?.comm || !request.isTrusted || this.#looked === request) return;
    this.#looked = request;
    const comm = await commBesideCell(this, request.comm.id);
    if (comm === null || this.isDisposed || this.#current !== request) return;
    this.#unmount();
    this.node.classList.add(WITHOUT_WIDGET);
    this.#mount(new CommSource(comm, request.comm.storage), request);
  }

  #mount(source: Source, request: RunInOutput, links?: RunLinks): void {
    this.#unmount = mount(this.node, source, { ...request, links, fallback: this.#snapshot });
  }

  /** Untrusted HTML could imitate the view, so an untrusted output is shown as text. */
  #setSnapshot(model: IRenderMime.IMimeModel, { isTrusted, comm }: RunInOutput): void {
    this.#snapshot.classList.toggle("rtw-saved-text", !isTrusted);
    if (isTrusted) {
      const html = this.#sanitizer.sanitize(readSnapshot(model, "text/html"));
      // biome-ignore lint/plugin: sanitized by the host, as any HTML in an output
      this.#snapshot.innerHTML = html;
      // The whole output is the snapshot of its widget.
      if (comm) this.#snapshot.querySelector(`.${SNAPSHOT}`)?.classList.remove(SNAPSHOT);
    } else {
      this.#snapshot.textContent = shownText(readSnapshot(model, "text/plain"));
    }
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#unmount();
    super.dispose();
  }
}

const run: IRenderMime.IExtension = {
  id: "realtime-widgets:mime",
  description: "Shows a run in a cell's output.",
  rank: RANK,
  dataType: "json",
  rendererFactory: {
    // Safe for untrusted notebooks: only the id of an output is used, and it is validated.
    safe: true,
    mimeTypes: [MIME],
    createRenderer: (options) => new SprintRenderer(options),
  },
};

const comparison: IRenderMime.IExtension = {
  id: "realtime-widgets:comparison-mime",
  description: "Shows runs side by side in a cell's output.",
  rank: RANK,
  dataType: "json",
  rendererFactory: {
    safe: true, // as that of a run
    mimeTypes: [COMPARISON_MIME],
    createRenderer: () => new ComparisonRenderer(),
  },
};

export default [run, comparison];
