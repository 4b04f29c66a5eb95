/** @jsxImportSource react */
// The server that the components below it use.

import {
  createContext,
  type JSX,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
} from "react";
import type { ServerOptions } from "./server.js";
import type { GetTicket } from "./tickets.js";

const Server = createContext<ServerOptions | null>(null);

export interface RealtimeProviderProps extends ServerOptions {
  children?: ReactNode;
}

/** Gives a server to all components of this package below it. */
export function RealtimeProvider({ children, ...options }: RealtimeProviderProps): JSX.Element {
  const server = useStable(options);
  return <Server.Provider value={server}>{children}</Server.Provider>;
}

/** The server of `options` or, where these have no `url`, of the provider. */
export function useServer(options: Partial<ServerOptions>): ServerOptions {
  const provided = useContext(Server);
  const server = useStable(options) ?? provided;
  if (server === null) {
    throw new Error("There is neither a RealtimeProvider around this component nor a `url`.");
  }
  return server;
}

/** The same object as long as nothing in it changes that is a reason to connect again. */
function useStable(options: Partial<ServerOptions>): ServerOptions | null {
  const { url, api, token, user, getTicket } = options;
  // The newest function is called; another one is no reason.
  const newest = useRef(getTicket);
  useEffect(() => {
    newest.current = getTicket;
  });
  const hasTickets = getTicket !== undefined;
  return useMemo(() => {
    if (url === undefined) return null;
    const tickets: GetTicket = (sprintId) => newest.current?.(sprintId) ?? "";
    return { url, api, token, user, getTicket: hasTickets ? tickets : undefined };
  }, [url, api, token, user, hasTickets]);
}
