// The packages that the host page shares with its extensions: one copy of each.

/** The share scope of webpack's module federation: every version of every package. */
export type ShareScope = Record<string, Record<string, SharedPackage>>;

interface SharedPackage {
  get(): Promise<() => unknown> | (() => unknown);
  /** Whether the page has loaded this version. */
  loaded?: unknown;
}

const packages = new Map<string, unknown>();

/** Load packages of the page; `shared` returns them. */
export async function load(scope: ShareScope, names: readonly string[]): Promise<void> {
  await Promise.all(
    names
      .filter((name) => !packages.has(name))
      .map(async (name) => packages.set(name, (await versionInUse(scope, name).get())())),
  );
}

/** A package that was loaded; the bundler replaces each import by a call of this. */
export function shared(name: string): unknown {
  if (!packages.has(name)) throw new Error(`${name} was not loaded from the page.`);
  return packages.get(name);
}

function versionInUse(scope: ShareScope, name: string): SharedPackage {
  const versions = Object.entries(scope[name] ?? {}).sort(([a], [b]) =>
    b.localeCompare(a, "en", { numeric: true }),
  );
  const [, found] = versions.find(([, { loaded }]) => loaded) ?? versions[0] ?? [];
  if (!found) throw new Error(`This page does not share ${name}.`);
  return found;
}
