// The MIME renderer: shows a run in a cell's output, live, with no kernel and no comm.

import "../../view/styles.css";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { NO_SERVER, type Source } from "../../feeds/feed.js";
import { ServerSource } from "../../feeds/server-source.js";
import { VerifiedSource } from "../../feeds/verified.js";
import { findServer, type ServerAddress } from "../../server/address.js";
import { shownText } from "../../ui/text.js";
import { mount } from "../../view/mount.js";
import { linksToPages } from "../addresses.js";
import { isSame, MIME, type RunRequest, readBundle, readSnapshot } from "./bundle.js";

/** Before the widget manager's -10, so that an output which has both is shown by this. */
const RANK = -20;

export class SprintRenderer extends Widget implements IRenderMime.IRenderer {
  readonly #sanitizer: IRenderMime.ISanitizer;
  readonly #snapshot = document.createElement("div");
  #shown: RunRequest | null = null;
  #unmount: () => void = () => undefined;

  constructor({ sanitizer }: Pick<IRenderMime.IRendererOptions, "sanitizer">) {
    super();
    this.#sanitizer = sanitizer;
  }

  /** Called again whenever the output changes: each fresh snapshot is such a change. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const wanted = readBundle(model);
    this.#keepSnapshot(model, wanted);
    if (this.#shown && isSame(this.#shown, wanted)) return;
    this.#unmount();
    this.#shown = wanted;
    const server = findServer(document, location.href);
    this.#unmount = mount(this.node, sourceFor(wanted, server), {
      ...wanted,
      links: server ? linksToPages(server) : undefined,
      fallback: this.#snapshot,
    });
  }

  /** The HTML of a stranger must not look as if this view had made it: of theirs the text is shown. */
  #keepSnapshot(model: IRenderMime.IMimeModel, { isTrusted }: RunRequest): void {
    this.#snapshot.classList.toggle("rtw-saved-text", !isTrusted);
    if (isTrusted) {
      const html = this.#sanitizer.sanitize(readSnapshot(model, "text/html"));
      // biome-ignore lint/plugin: the host has cleaned it, by the same rules as any HTML in an output
      this.#snapshot.innerHTML = html;
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

function sourceFor({ isTrusted }: RunRequest, server: ServerAddress | null): Source {
  if (!server) return NO_SERVER;
  const source = new ServerSource(server);
  return isTrusted ? source : new VerifiedSource(server, source);
}

const extension: IRenderMime.IExtension = {
  id: "realtime-widgets:mime",
  description: "Shows a run in a cell's output.",
  rank: RANK,
  dataType: "json",
  rendererFactory: {
    // Also for notebooks that are not trusted: nothing of an output but a checked id is used.
    safe: true,
    mimeTypes: [MIME],
    createRenderer: (options) => new SprintRenderer(options),
  },
};

export default extension;
