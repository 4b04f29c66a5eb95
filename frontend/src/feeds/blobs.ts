// Loads blobs, the values of outputs that are too large for an event (protocol 4.9).

import type { OutputBlob } from "../protocol/messages.gen.js";
import type { RunRequest } from "../server/run-request.js";

/**
 * Loads a blob as a `data:` address, which every host's policy allows as the source of an image.
 * Rejects with `RequestError`, or when aborted.
 */
export type LoadBlob = (blob: OutputBlob, signal: AbortSignal) => Promise<string>;

/** Most characters of addresses that are kept. */
const MAX_KEPT = 32_000_000;

/** The route of a Jupyter server. */
export function serverBlobs(send: RunRequest): LoadBlob {
  return async ({ sha256, type }, signal) => {
    const response = await send(["GET", `blobs/${sha256}`], signal);
    return dataUrl(new Blob([await response.arrayBuffer()], { type }));
  };
}

/** The same, which keeps what was loaded last. */
export function kept(load: LoadBlob): LoadBlob {
  const urls = new Map<string, string>();
  return async (blob, signal) => {
    const url = urls.get(blob.sha256) ?? (await load(blob, signal));
    urls.delete(blob.sha256);
    urls.set(blob.sha256, url);
    let size = [...urls.values()].reduce((sum, each) => sum + each.length, 0);
    for (const [name, each] of urls) {
      if (size <= MAX_KEPT) break;
      urls.delete(name);
      size -= each.length;
    }
    return url;
  };
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
