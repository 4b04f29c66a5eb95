// Loads a part of the code when it is shown first, once for all views of a page.

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { CodeName, LoadCode } from "../feeds/code-loader.js";
import { shared } from "./shared-modules.js";

/** What the parts export. */
interface Parts {
  agents: typeof import("./agents.js");
  charts: typeof import("./metrics/charts.js");
  share: typeof import("./share/share.js");
}

export interface Code<Name extends CodeName> {
  /** Null while it is not loaded. */
  code: Parts[Name] | null;
  /** Why it cannot be loaded, in words for the user; null where it was not tried or is loaded. */
  failure: string | null;
  retry: () => void;
}

/** The hashes of the parts; the bundler replaces it. The React package has none. */
declare const CODE_HASHES: Partial<Record<CodeName, string>>;

/** What loads parts; null where nothing can. */
export const CodeLoader = createContext<LoadCode | null>(null);

const loaded: Partial<Parts> = {};
const loading = new Map<CodeName, Promise<void>>();

/** Set a part that a host has loaded by itself. */
export function setCode<Name extends CodeName>(name: Name, part: Parts[Name]): void {
  loaded[name] = part;
}

/** A part; it is loaded while `isWanted`. */
export function useCode<Name extends CodeName>(name: Name, isWanted = true): Code<Name> {
  const load = useContext(CodeLoader);
  const [failure, setFailure] = useState<string | null>(null);
  const [, setLoaded] = useState(false);
  const code = loaded[name] ?? null;
  const isMissing = isWanted && code === null && failure === null;
  const canLoad = load !== null;
  useEffect(() => {
    if (!isMissing) return undefined;
    if (load === null) {
      setFailure("this page has nothing to load it from");
      return undefined;
    }
    let isShown = true;
    started(name, load).then(
      () => isShown && setLoaded(true),
      (error: unknown) => isShown && setFailure(reasonOf(error)),
    );
    return () => {
      isShown = false;
    };
    // The function is another one with each feed, and loads the same.
  }, [name, isMissing, canLoad]);
  return { code, failure: code === null ? failure : null, retry: () => setFailure(null) };
}

/** Begin to load a part, unless that is in progress. */
function started(name: CodeName, load: LoadCode): Promise<void> {
  const known = loading.get(name);
  if (known) return known;
  const promise = load(name, CODE_HASHES[name] ?? "")
    .then(({ make }) => {
      (loaded as Record<CodeName, unknown>)[name] = make(shared);
    })
    .finally(() => loading.delete(name));
  loading.set(name, promise);
  return promise;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
