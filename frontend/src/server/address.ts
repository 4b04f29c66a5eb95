// Finds the Jupyter server of this page. No address comes from a widget's state or an output: a
// notebook from elsewhere must not choose where this page connects to. Other pages configure their
// server in their code (react/src/server.ts).

export interface ServerAddress {
  /** Ends with a slash. */
  apiUrl: string;
  /** Ends with a slash. */
  socketUrl: string;
  /** The page's token, or "". */
  token: string;
  /** Whether the browser sends the page's cookies there. */
  isSameHost: boolean;
  /** The URL of the list's page where users share runs; ends with a slash. */
  pageUrl?: string;
  /** The scheme of the `Authorization` header in which the token is sent; default `token`. */
  scheme?: string;
  /** The user who is logged in, where tickets are of different users; each user has separate connections. */
  user?: string;
  /**
   * Gets the ticket of a run, or of the index where the id is null, in place of the server's route;
   * resolves to null where the token is enough. Rejects with `RequestError`.
   */
  getTicket?: (sprintId: string | null) => Promise<string | null>;
}

/** What connections to one server share on a page: they are of the same address and user. */
export function connectionKey({ apiUrl, socketUrl, token, user = "" }: ServerAddress): string {
  return [apiUrl, socketUrl, token, user].join(" ");
}

interface PageConfig {
  baseUrl?: unknown;
  wsUrl?: unknown;
  token?: unknown;
  /** Of a server in relay mode, whose runs are in a service of a JupyterHub. */
  realtimeWidgets?: unknown;
}

/** The server that served this page, or null where it was not a Jupyter server. */
export function findServer(page: Document, href: string): ServerAddress | null {
  const config = readPageConfig(page);
  const here = new URL(href);
  // In Voila the body has Voila's own base, so the config tag comes first.
  const base = text(config.baseUrl) || baseOfBody(page, here);
  if (base === "" || !URL.canParse(base, href)) return null;
  const root = withSlash(new URL(base, here));
  const wsUrl = text(config.wsUrl);
  const socket =
    wsUrl && URL.canParse(wsUrl, href) ? withSlash(new URL(wsUrl, here)) : new URL(root);
  socket.protocol = socket.protocol.replace("http", "ws");
  const apiUrl = new URL("realtime/api/", root).href;
  const service = serviceOf(config, here);
  if (service) return { apiUrl, ...service, token: text(config.token), isSameHost: true };
  const isShared = page.body.dataset["sharing"] === "true";
  return {
    apiUrl,
    socketUrl: new URL("realtime/ws/", socket).href,
    token: text(config.token),
    isSameHost: socket.host === here.host,
    ...(isShared && { pageUrl: new URL("realtime/", root).href }),
  };
}

/**
 * Where the service of a JupyterHub is to which the page's server passes requests on; null where it
 * has the runs itself. WebSockets lead to the service, with a ticket and without the page's token.
 */
function serviceOf(config: PageConfig, here: URL): { socketUrl: string; pageUrl: string } | null {
  const { realtimeWidgets: service } = config;
  if (typeof service !== "object" || service === null) return null;
  const { socketUrl, pageUrl } = service as Record<string, unknown>;
  const urls = [text(socketUrl), text(pageUrl)];
  if (urls.includes("") || !urls.every((url) => URL.canParse(url, here))) return null;
  const socket = new URL(text(socketUrl), here);
  socket.protocol = socket.protocol.replace("http", "ws");
  return {
    socketUrl: withSlash(socket).href,
    pageUrl: withSlash(new URL(text(pageUrl), here)).href,
  };
}

/**
 * The base URL on the body of classic pages, if the page comes from there. VS Code puts the address
 * of the kernel's server there, which accepts neither the page's login nor its origin.
 */
function baseOfBody(page: Document, here: URL): string {
  const base = page.body.dataset["baseUrl"] ?? "";
  return URL.canParse(base, here) && new URL(base, here).origin === here.origin ? base : "";
}

function readPageConfig(page: Document): PageConfig {
  try {
    const tag = page.getElementById("jupyter-config-data");
    const config: unknown = JSON.parse(tag?.textContent || "{}");
    return typeof config === "object" && config !== null ? config : {};
  } catch {
    return {};
  }
}

function withSlash(url: URL): URL {
  const copy = new URL(url);
  copy.search = "";
  copy.hash = "";
  if (!copy.pathname.endsWith("/")) copy.pathname += "/";
  return copy;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
