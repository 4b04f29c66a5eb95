// Loads a part of the code when it is shown first, once for all views of a page.

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { CodeName, LoadCode } from "../../feeds/code-loader.js";
import { messageOf } from "../../server/api.js";
import { shared } from "./shared-modules.js";

/** What the parts export. */
interface Parts {
  agents: typeof import("./agents.js");
  charts: typeof import("../metrics/charts.js");
  share: typeof import("../share/share.js");
  files: typeof import("../files/files-part.js");
}

export interface Code<Name extends CodeName> {
  /** Null while it is not loaded. */
  code: Parts[Name] | null;
  /** Why it cannot be loaded, in words for the user; null where it was not tried or is loaded. */
  failure: string | null;
  retry: () => void;
}

type Loaders = { [Name in CodeName]?: () => Promise<Parts[Name]> };

/** The hashes of the parts; the bundler replaces it. The React package has none. */
declare const CODE_HASHES: Partial<Record<CodeName, string>>;

/** What loads parts; null where nothing can. */
export const CodeLoader = createContext<LoadCode | null>(null);

const loaded: Partial<Parts> = {};
const ownLoaders: Loaders = {};
const loading = new Map<CodeName, Promise<void>>();

/** Set a part that a host has loaded by itself. */
export function setCode<Name extends CodeName>(name: Name, part: Parts[Name]): void {
  loaded[name] = part;
}

/** Set what loads parts from the code of the host, which shares no runs, in place of its server. */
export function setLoaders(loaders: Required<Omit<Loaders, "share">>): void {
  Object.assign(ownLoaders, loaders);
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
    let isShown = true;
    started(name, load).then(
      // In a frame, and not in the task that has prepared the part.
      () => requestAnimationFrame(() => isShown && setLoaded(true)),
      (error: unknown) => isShown && setFailure(messageOf(error)),
    );
    return () => {
      isShown = false;
    };
    // The function is another one with each feed, and loads the same.
  }, [name, isMissing, canLoad]);
  return { code, failure: code === null ? failure : null, retry: () => setFailure(null) };
}

/** Begin to load a part, unless that is in progress. */
function started(name: CodeName, load: LoadCode | null): Promise<void> {
  const known = loading.get(name);
  if (known) return known;
  const promise = partOf(name, load)
    .then(prepared)
    .then((part) => {
      (loaded as Record<CodeName, unknown>)[name] = part;
    })
    .finally(() => loading.delete(name));
  loading.set(name, promise);
  return promise;
}

async function partOf(name: CodeName, load: LoadCode | null): Promise<unknown> {
  const loadOwn = ownLoaders[name];
  if (loadOwn) return loadOwn();
  if (load === null) throw new Error("this page has nothing to load it from");
  const { make } = await load(name, CODE_HASHES[name] ?? "");
  return make(shared);
}

/** Do what a part does once, in a separate task: making the part has blocked the page for a while. */
async function prepared(part: unknown): Promise<unknown> {
  const { prepare } = part as { prepare?: () => void };
  if (!prepare) return part;
  await new Promise((resolve) => setTimeout(resolve));
  prepare();
  return part;
}
