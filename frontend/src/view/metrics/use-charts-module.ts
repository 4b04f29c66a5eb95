// Loads the code that draws charts when metrics are shown.

import { useEffect, useState } from "preact/hooks";
import type { Feed } from "../../feeds/feed.js";
import { type ChartsModule, loadChartsModule } from "./load-charts-module.js";

interface Loaded {
  charts: ChartsModule | null;
  /** Why it cannot be loaded, in words for the user. */
  failure: string | null;
}

export function useChartsModule(load: Exclude<Feed["loadCharts"], undefined>): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ charts: null, failure: null });
  const canLoad = load !== null;
  useEffect(() => {
    if (load === null) return undefined;
    let isShown = true;
    loadChartsModule(load).then(
      (charts) => isShown && setLoaded({ charts, failure: null }),
      (error: unknown) => isShown && setLoaded({ charts: null, failure: String(error) }),
    );
    return () => {
      isShown = false;
    };
    // The function is another one with each feed, and loads the same.
  }, [canLoad]);
  return loaded;
}
