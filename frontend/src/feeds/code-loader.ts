// Where parts of the front end come from that are no part of a bundle: most runs have no use for
// them, and a widget is one file.

import type { ServerAddress } from "../server/address.js";

/** `agents` draws timelines and Markdown, `charts` metrics, `files` outputs, `share` the sharing. */
export type CodeName = "agents" | "charts" | "files" | "share";

/** A part as `build.mjs` makes it. */
export interface CodeFile {
  /** Of its text, so that a part of another version is not used. */
  hash: string;
  /** Make the part of the modules that it shares with the bundle, by their names. */
  make(shared: (name: string) => unknown): unknown;
}

/** Loads a part; rejects where it cannot be loaded, or has another hash than "" or that given. */
export type LoadCode = (name: CodeName, hash: string) => Promise<CodeFile>;

/** Import parts from the server's static files. */
export function serverCode({ apiUrl }: ServerAddress): LoadCode {
  let attempts = 0;
  return async (name, hash) => {
    const url = new URL(`../static/${name}.js`, apiUrl);
    // A browser may keep another version, and the failure of an import.
    url.searchParams.set("v", hash);
    if (attempts > 0) url.searchParams.set("again", String(attempts));
    attempts += 1;
    return checked(await import(url.href), hash);
  };
}

/** Import a part from its text; rejects where the host's policy allows no scripts of the page. */
export async function importText(text: string, hash: string): Promise<CodeFile> {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return checked(await import(url), hash);
  } finally {
    URL.revokeObjectURL(url);
  }
}

function checked(file: CodeFile, hash: string): CodeFile {
  if (hash === "" || file.hash === hash) return file;
  throw new Error("the server has another version of realtime-widgets than this view");
}
