// The components, each loaded when the first one of its kind is shown. They need the style sheet
// `@realtime-widgets/react/styles.css`.

import type { SprintListProps } from "./list-view.js";
import { onDemand } from "./on-demand.js";
import type { SprintStatusProps } from "./sprint-brief.js";
import type { SprintViewProps } from "./sprint-view.js";

/** The live view of a run, as in a notebook. */
export const SprintView = onDemand<SprintViewProps>(async () => (await import("./views.js")).View);

/** The list of all runs, as in the side panel of JupyterLab. */
export const SprintList = onDemand<SprintListProps>(async () => (await import("./views.js")).List);

/** A run in brief: status, progress, and the newest lines of its log. */
export const SprintStatus = onDemand<SprintStatusProps>(
  async () => (await import("./sprint-brief.js")).Brief,
);
