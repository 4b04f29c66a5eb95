// Loads the code that draws charts, once for all views of a page.

import type { Feed } from "../../feeds/feed.js";

/** The module `charts.tsx` beside this one. */
export type ChartsModule = Pick<typeof import("./charts.js"), "mountCharts" | "mountComparison">;

export type MountedComparison = ReturnType<ChartsModule["mountComparison"]>;

let loading: Promise<ChartsModule> | null = null;

/** Rejects where it cannot be loaded, and where there is none. */
export function loadChartsModule(load: Feed["loadCharts"]): Promise<ChartsModule> {
  if (!load) return Promise.reject(new Error("this page has no server"));
  loading ??= load().then(checked);
  loading.catch(() => {
    loading = null;
  });
  return loading;
}

function checked(module: unknown): ChartsModule {
  if (typeof module === "object" && module !== null && "mountComparison" in module) {
    return module as ChartsModule;
  }
  throw new Error("the server has no charts, or those of another version");
}
