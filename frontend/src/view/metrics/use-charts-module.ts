// Loads the code that draws charts when metrics are shown.

import { useEffect, useState } from "preact/hooks";
import type { Feed } from "../../feeds/feed.js";

/** The module `charts.tsx` beside this one. */
export type ChartsModule = Pick<typeof import("./charts.js"), "mountCharts">;

interface Loaded {
  charts: ChartsModule | null;
  /** Why it cannot be loaded, in words for the user. */
  failure: string | null;
}

/** It is loaded once for all views of a page. */
let loading: Promise<ChartsModule> | null = null;

export function useChartsModule(load: Exclude<Feed["loadCharts"], undefined>): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ charts: null, failure: null });
  const canLoad = load !== null;
  useEffect(() => {
    if (load === null) return undefined;
    let isShown = true;
    loading ??= load().then(checked);
    loading.then(
      (charts) => isShown && setLoaded({ charts, failure: null }),
      (error: unknown) => {
        loading = null;
        if (isShown) setLoaded({ charts: null, failure: String(error) });
      },
    );
    return () => {
      isShown = false;
    };
    // The function is another one with each feed, and loads the same.
  }, [canLoad]);
  return loaded;
}

function checked(module: unknown): ChartsModule {
  if (typeof module === "object" && module !== null && "mountCharts" in module) {
    return module as ChartsModule;
  }
  throw new Error("the server has no charts");
}
