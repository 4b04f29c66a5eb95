// Where code comes from that is no part of a bundle, as most runs do not need it and a widget is one
// file: what draws charts, and what draws files.

import type { ServerAddress } from "../server/address.js";

/** The names of these modules, which are files beside the bundles. */
export type ModuleName = "charts" | "files";

/** Imports one of them, which is not checked here. */
export type LoadModule = (name: ModuleName) => Promise<unknown>;

/** Import them from the server's static files. */
export function serverModules({ apiUrl }: ServerAddress): LoadModule {
  return (name) => import(new URL(`../static/${name}.js`, apiUrl).href);
}

/** Import one from text; rejects where the host's policy allows no scripts of the page. */
export async function importText(text: string): Promise<unknown> {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
