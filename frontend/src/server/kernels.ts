// The kernels of a Jupyter server, by its own API.

import type { ServerAddress } from "./address.js";
import { notAllowed, request } from "./api.js";
import { type FetchingBrowser, requesterOf } from "./browser.js";

export interface Kernels {
  /** The kernel of a notebook, by its path below the server's root; null where none is known. */
  find(notebook: string, signal: AbortSignal): Promise<string | null>;
  /** Restart a kernel; rejects with `RequestError`. */
  restart(id: string, signal: AbortSignal): Promise<void>;
}

const FORBIDDEN = notAllowed("restart kernels");

/** The prefix of paths in notebooks that several users edit together. */
const SHARED = "RTC:";

export function kernelsOf(server: ServerAddress, browser: FetchingBrowser): Kernels {
  const jupyter = { ...server, apiUrl: new URL("../../api/", server.apiUrl).href };
  const send = (method: string, path: string, signal: AbortSignal) =>
    request(jupyter, [method, path], FORBIDDEN, requesterOf(browser, signal));
  return {
    async find(notebook, signal) {
      const response = await send("GET", "sessions", signal).catch(() => null);
      const sessions: unknown = await response?.json().catch(() => null);
      return Array.isArray(sessions) ? kernelIn(sessions, notebook) : null;
    },
    async restart(id, signal) {
      await send("POST", `kernels/${encodeURIComponent(id)}/restart`, signal);
    },
  };
}

interface JupyterSession {
  path?: unknown;
  kernel?: { id?: unknown } | null;
}

function kernelIn(sessions: readonly (JupyterSession | null)[], notebook: string): string | null {
  const found = sessions.find((one) => {
    const path = typeof one?.path === "string" ? one.path : "";
    return path === notebook || path === SHARED + notebook;
  });
  const id = found?.kernel?.id;
  return typeof id === "string" ? id : null;
}
