// Loads code that is no part of the bundle when a view needs it.

import { useEffect, useState } from "preact/hooks";
import type { Feed } from "../feeds/feed.js";
import type { ModuleName } from "../feeds/module-loader.js";

/** What the modules export: a function that draws in an element. */
export interface Modules {
  charts: Pick<typeof import("./metrics/charts.js"), "mount">;
  files: Pick<typeof import("./files/files-module.js"), "mount">;
}

interface Loaded<Name extends ModuleName> {
  module: Modules[Name] | null;
  /** Why it cannot be loaded, in words for the user. */
  failure: string | null;
}

/** Each is loaded once for all views of a page. */
const loading = new Map<ModuleName, Promise<unknown>>();

export function useModule<Name extends ModuleName>(
  name: Name,
  load: Feed["loadModule"],
): Loaded<Name> {
  const [loaded, setLoaded] = useState<Loaded<Name>>({ module: null, failure: null });
  const canLoad = Boolean(load);
  useEffect(() => {
    if (!load) return undefined;
    let isShown = true;
    const module = loading.get(name) ?? load(name).then(checked);
    loading.set(name, module);
    module.then(
      (found) => isShown && setLoaded({ module: found as Modules[Name], failure: null }),
      (error: unknown) => {
        loading.delete(name);
        if (isShown) setLoaded({ module: null, failure: String(error) });
      },
    );
    return () => {
      isShown = false;
    };
    // The function is another one with each feed, and loads the same.
  }, [name, canLoad]);
  return loaded;
}

function checked(module: unknown): unknown {
  if (typeof module === "object" && module !== null && "mount" in module) return module;
  throw new Error("the server does not have it");
}
