/** @jsxImportSource react */
// The server that the components below it use.

import { createContext, type JSX, type ReactNode, useContext, useMemo, useRef } from "react";
import { ConfiguredSource, type ServerOptions } from "./server.js";
import type { GetTicket } from "./tickets.js";

const Server = createContext<ConfiguredSource | null>(null);

export interface RealtimeProviderProps extends ServerOptions {
  children?: ReactNode;
}

/** Gives a server to all components of this package below it. */
export function RealtimeProvider({ children, ...options }: RealtimeProviderProps): JSX.Element {
  const source = useConfigured(options);
  return <Server.Provider value={source}>{children}</Server.Provider>;
}

/** The server of `options` or, where these have no `url`, of the provider. */
export function useSource(options: Partial<ServerOptions>): ConfiguredSource {
  const provided = useContext(Server);
  const source = useConfigured(options) ?? provided;
  if (source === null) {
    throw new Error("There is neither a RealtimeProvider around this component nor a `url`.");
  }
  return source;
}

function useConfigured(options: ServerOptions): ConfiguredSource;
function useConfigured(options: Partial<ServerOptions>): ConfiguredSource | null;
function useConfigured(options: Partial<ServerOptions>): ConfiguredSource | null {
  const { url, api, token, user, getTicket } = options;
  // The newest function is called, and another one is no reason to connect again.
  const newest = useRef(getTicket);
  newest.current = getTicket;
  const hasTickets = getTicket !== undefined;
  return useMemo(() => {
    if (url === undefined) return null;
    const tickets: GetTicket = (sprintId) => newest.current?.(sprintId) ?? "";
    return new ConfiguredSource({
      url,
      api,
      token,
      user,
      getTicket: hasTickets ? tickets : undefined,
    });
  }, [url, api, token, user, hasTickets]);
}
