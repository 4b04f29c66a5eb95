// The ticket that proves that this page meant to connect (protocol 3.1), and what it tells when
// there is none: a browser hides why a WebSocket was refused, but not why a request was.

import type { ServerAddress } from "./server.js";

/** No ticket: why, in words for the user, and whether asking again may help. */
export class TicketError extends Error {
  override name = "TicketError";
  readonly mayRetry: boolean;

  constructor(words: string, mayRetry: boolean) {
    super(words);
    this.mayRetry = mayRetry;
  }
}

const NO_LOGIN = "You are not logged in to this Jupyter server, or not allowed to see this run.";

export interface TicketRequest {
  fetch: typeof fetch;
  cookies: string;
  signal: AbortSignal;
}

/**
 * Ask the server for a ticket; it works once.
 *
 * Throws `TicketError`, or the signal's reason when it was aborted.
 */
export async function requestTicket(
  server: ServerAddress,
  sprintId: string,
  { fetch, cookies, signal }: TicketRequest,
): Promise<string> {
  const xsrf = readCookie(cookies, "_xsrf");
  let response: Response;
  try {
    response = await fetch(`${server.apiUrl}sprints/${encodeURIComponent(sprintId)}/ticket`, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        ...(xsrf !== null && { "X-XSRFToken": xsrf }),
        ...(server.token !== "" && { Authorization: `token ${server.token}` }),
      },
      // A server that asks for a login redirects to a page, which is no ticket.
      redirect: "manual",
      signal,
    });
  } catch {
    signal.throwIfAborted();
    throw new TicketError("The server cannot be reached.", true);
  }
  const answer: unknown = await response.json().catch(() => null);
  signal.throwIfAborted();
  if (!response.ok) throw refusal(response.status, field(answer, "code"));
  const ticket = field(answer, "ticket");
  if (ticket === null) throw new TicketError(NO_LOGIN, false);
  return ticket;
}

function refusal(status: number, code: string | null): TicketError {
  // Zero is a redirect that was not followed.
  if (status === 0 || status === 401 || status === 403) return new TicketError(NO_LOGIN, false);
  if (status === 404 && code === "unknown_sprint") {
    return new TicketError("The server has no run of this name.", false);
  }
  if (status === 404) {
    return new TicketError(
      "This Jupyter server has no realtime-widgets extension. Install realtime-widgets where the server runs, and restart it.",
      false,
    );
  }
  if (status === 400) return new TicketError("This is not a valid name of a run.", false);
  if (status === 503) return new TicketError("The server is busy or starting.", true);
  return new TicketError(`The server answered with an error (HTTP ${status}).`, true);
}

function field(answer: unknown, name: string): string | null {
  if (typeof answer !== "object" || answer === null) return null;
  const value = (answer as Record<string, unknown>)[name];
  return typeof value === "string" ? value : null;
}

function readCookie(cookies: string, name: string): string | null {
  const pair = cookies.split("; ").find((cookie) => cookie.startsWith(`${name}=`));
  return pair === undefined ? null : pair.slice(name.length + 1);
}
