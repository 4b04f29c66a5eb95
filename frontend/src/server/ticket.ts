// The ticket that proves that this page meant to connect (protocol 3.1), and what it tells when
// there is none: a browser hides why a WebSocket was refused, but not why a request was.

import type { ServerAddress } from "./address.js";
import { field, RequestError, type Requester, readCookie, request } from "./api.js";

export const NO_LOGIN =
  "You are not logged in to this Jupyter server, or not allowed to see this run.";

/**
 * Ask the server for a ticket; it works once.
 *
 * Throws `RequestError`, or the signal's reason when it was aborted.
 */
export async function requestTicket(
  server: ServerAddress,
  sprintId: string,
  requester: Requester,
): Promise<string> {
  if (server.token === "" && readCookie(requester.cookies(), "_xsrf") === null) {
    // Jupyter gives this cookie to its own pages. Where the first one is another's, such as
    // Voila's, a GET of ours brings it.
    await request(server, ["GET", "health"], NO_LOGIN, requester);
  }
  const path = `sprints/${encodeURIComponent(sprintId)}/ticket`;
  const response = await request(server, ["POST", path], NO_LOGIN, requester);
  const answer: unknown = await response.json().catch(() => null);
  requester.signal.throwIfAborted();
  const ticket = field(answer, "ticket");
  if (ticket === null) throw new RequestError(NO_LOGIN, false);
  return ticket;
}
