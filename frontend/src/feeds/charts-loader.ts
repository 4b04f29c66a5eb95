// Where the code that draws charts comes from: it is no part of a bundle, as most runs have no
// metrics and a widget is one file.

import type { ServerAddress } from "../server/address.js";

/** The module `view/metrics/charts.tsx`, which is not checked here. */
export type ChartsModule = unknown;

/** Import it from the server's static files. */
export function serverCharts({ apiUrl }: ServerAddress): () => Promise<ChartsModule> {
  return () => import(new URL("../static/charts.js", apiUrl).href);
}

/** Import it from text; rejects where the host's policy allows no scripts of the page. */
export async function importText(text: string): Promise<ChartsModule> {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
