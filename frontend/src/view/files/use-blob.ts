// Loads the blob of an output while it is drawn, again and again until it is there.

import { useEffect, useState } from "preact/hooks";
import type { LoadBlob } from "../../feeds/blobs.js";
import type { RunOutput } from "../../model/outputs/run-outputs.js";
import { messageOf } from "../../server/api.js";

const FIRST_DELAY = 1_000;
const MAX_DELAY = 30_000;

export interface LoadedBlob {
  /** As a `data:` address; null where it is not loaded. */
  url: string | null;
  /** Why it is not, in words for the user; null while it is loaded for the first time. */
  failure: string | null;
}

const NOTHING: LoadedBlob = { url: null, failure: null };

/** `isWanted` is false where a smaller form of the value is enough. */
export function useBlob(
  { blob, upload }: RunOutput,
  load: LoadBlob | null,
  isWanted: boolean,
): LoadedBlob {
  const [loaded, setLoaded] = useState({ ...NOTHING, sha256: "" });
  const sha256 = isWanted && load ? blob?.sha256 : undefined;
  useEffect(() => {
    if (!blob || sha256 === undefined || loaded.sha256 === sha256) return undefined;
    const lifetime = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const attempt = async (delay: number) => {
      try {
        const url = await load?.(blob, lifetime.signal);
        if (url !== undefined) setLoaded({ url, failure: null, sha256 });
      } catch (error) {
        if (lifetime.signal.aborted) return;
        setLoaded({
          url: null,
          failure: messageOf(error),
          sha256: "",
        });
        timer = setTimeout(() => void attempt(Math.min(2 * delay, MAX_DELAY)), delay);
      }
    };
    void attempt(FIRST_DELAY);
    return () => {
      lifetime.abort();
      clearTimeout(timer);
    };
    // An upload that ends after a failure is the moment to try again.
  }, [sha256, upload?.state]);
  return loaded.sha256 === (blob?.sha256 ?? "") || loaded.url === null ? loaded : NOTHING;
}
