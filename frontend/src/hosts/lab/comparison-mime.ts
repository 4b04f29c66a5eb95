// The MIME renderer of comparisons: shows runs side by side in a cell's output.

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { readSubjects, type Subject } from "../../model/subjects.js";
import { findServer } from "../../server/address.js";
import { mountComparison } from "../../view/metrics/compare/mount.js";
import { linksToPages } from "../addresses.js";
import { sourceFor } from "./source-for.js";

export const COMPARISON_MIME = "application/vnd.realtime-widgets.comparison.v1+json";

export class ComparisonRenderer extends Widget implements IRenderMime.IRenderer {
  #unmount: () => void = () => undefined;

  async renderModel({ data, trusted }: IRenderMime.IMimeModel): Promise<void> {
    this.#unmount();
    const server = findServer(document, location.href);
    this.#unmount = mountComparison(this.node, sourceFor(trusted, server), {
      subjects: readComparison(data[COMPARISON_MIME]),
      links: server ? linksToPages(server) : undefined,
    });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#unmount();
    super.dispose();
  }
}

/** The runs that an output names, which is untrusted. */
function readComparison(content: unknown): Subject[] {
  const { runs } = (content ?? {}) as { runs?: unknown };
  return Array.isArray(runs) ? readSubjects(runs.map(String)) : [];
}
