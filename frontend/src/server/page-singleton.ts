// State that all modules of a page share. A host may load the bundle once for each widget, so a
// variable of a module is not shared; a property of `globalThis` is.

/**
 * The page's one object of a name; `make` is called on first use.
 *
 * The name ends with a version, which changes when the object's shape changes: bundles of
 * different releases can be in one page.
 */
export function pageSingleton<Kind>(name: string, make: () => Kind): Kind {
  const key = Symbol.for(`realtime-widgets.${name}`);
  const page = globalThis as { [key]?: Kind };
  page[key] ??= make();
  return page[key];
}
