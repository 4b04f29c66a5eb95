// The server of a page as its code configures it, and what connects to it.
//
// Nothing here touches the browser before a run or the list is shown, so that a page can be
// rendered on a server.

import type { Feed, Source } from "../../src/feeds/feed.js";
import { ServerSource } from "../../src/feeds/server-source.js";
import type { ServerAddress } from "../../src/server/address.js";
import { type GetTicket, ticketsFrom } from "./tickets.js";

export interface ServerOptions {
  /**
   * Where the channels are: the path at which `RealtimeApp` is mounted, or `realtime/` below the
   * base URL of a Jupyter server. A path, or an http, https, ws or wss address.
   */
  url: string;
  /** Where requests go: a route of this site that adds a login to them; default `api/` below `url`. */
  api?: string | undefined;
  /**
   * A token that the page has. It is in the address of each WebSocket, and so in logs of servers and
   * proxies; a ticket is not.
   */
  token?: string | undefined;
  /** The user who is logged in, where one page can have several; another value opens other connections. */
  user?: string | undefined;
  /** Returns a ticket, or a response that has one; default a request to `api`. */
  getTicket?: GetTicket | undefined;
}

/** The addresses of a server; relative ones are below `href`. Throws `TypeError` for others. */
export function addressOf(options: ServerOptions, href: string): ServerAddress {
  const { url, api, token = "", user = "", getTicket } = options;
  const root = parse("url", url, href);
  const requests = api === undefined ? new URL("api/", root) : parse("api", api, href);
  const address: ServerAddress = {
    apiUrl: withProtocol(requests, "http").href,
    socketUrl: withProtocol(new URL("ws/", root), "ws").href,
    token,
    // A token that the code gives is needed on this host too: there may be no cookie.
    isSameHost: token === "" && requests.host === new URL(href).host,
    scheme: "Bearer",
    user,
  };
  // A token proves already that this page meant to connect.
  if (getTicket || token !== "") address.getTicket = ticketsFrom(getTicket ?? (() => null));
  return address;
}

/** The runs of a server, which is looked up when the first one is shown. */
export class ConfiguredSource implements Source {
  readonly #options: ServerOptions;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get address(): ServerAddress {
    return addressOf(this.#options, location.href);
  }

  watch(sprintId: string, onChange: () => void): Feed {
    return new ServerSource(this.address).watch(sprintId, onChange);
  }
}

function parse(name: string, text: string, href: string): URL {
  const url = text !== "" && URL.canParse(text, href) ? new URL(text, href) : null;
  if (url === null || !/^(http|ws)s?:$/.test(url.protocol)) {
    throw new TypeError(`${name} must be a path or an http, https, ws or wss address: "${text}"`);
  }
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** The address with `http` or `ws` as its protocol, and as safe as before. */
function withProtocol(url: URL, name: "http" | "ws"): URL {
  return new URL(url.href.replace(/^(http|ws)/, name));
}
