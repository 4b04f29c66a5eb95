// The ticket that proves that this page intended to connect (protocol 3.1). Requesting it also
// gives the reason of a refusal: a browser hides why a WebSocket was refused.

import type { ServerAddress } from "./address.js";
import { field, notAllowed, RequestError, type Requester, readCookie, request } from "./api.js";

export const NO_LOGIN = notAllowed("see this run");

/**
 * Request a ticket, which is valid once; null where the token in the URL is enough.
 *
 * Throws `RequestError`, or the signal's reason when it was aborted.
 */
export function requestTicket(
  server: ServerAddress,
  sprintId: string,
  requester: Requester,
): Promise<string | null> {
  if (server.getTicket) return server.getTicket(sprintId);
  return ticketFrom(server, `sprints/${encodeURIComponent(sprintId)}/ticket`, requester);
}

/** Request a ticket for the index channel, in the same way. */
export function requestIndexTicket(
  server: ServerAddress,
  requester: Requester,
): Promise<string | null> {
  if (server.getTicket) return server.getTicket(null);
  return ticketFrom(server, "index/ticket", requester);
}

async function ticketFrom(
  server: ServerAddress,
  path: string,
  requester: Requester,
): Promise<string> {
  if (server.token === "" && readCookie(requester.cookies(), "_xsrf") === null) {
    // Jupyter sets this cookie with its own pages. On a page of another application, such as
    // Voila, a GET request sets it.
    await request(server, ["GET", "health"], NO_LOGIN, requester);
  }
  const response = await request(server, ["POST", path], NO_LOGIN, requester);
  const ticket = await readTicket(response);
  requester.signal.throwIfAborted();
  return ticket;
}

/** The ticket in a response. Throws `RequestError`. */
export async function readTicket(response: Response): Promise<string> {
  const answer: unknown = await response.json().catch(() => null);
  const ticket = field(answer, "ticket");
  if (ticket === null) throw new RequestError(NO_LOGIN, false);
  return ticket;
}
